/** What an audit counts. Each is one statement over whole tables, and all of them see one moment. $1: milliseconds that are late. */
export const auditing = {
  // they were made with the day before among them, which is the first that is dropped
  remembers: `SELECT coalesce(
      (SELECT min(right(c.relname, 8)) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'kbnt.finished'::regclass)
      < (SELECT to_char(min(at) AT TIME ZONE 'UTC', 'YYYYMMDD') FROM kbnt.version), false) AS all`,
  stocks: `WITH claims AS (
      SELECT stock, count(*) AS count,
        coalesce(sum(quantity) FILTER (WHERE phase = 'Reserved'), 0)::bigint AS reserved,
        coalesce(sum(quantity) FILTER (WHERE phase = 'Confirmed'), 0)::bigint AS confirmed,
        count(*) FILTER (WHERE phase = 'Reserved' AND deadline < now() - $1 * interval '1 millisecond') AS late,
        min(deadline) FILTER (WHERE phase = 'Reserved') AS first_deadline
      FROM kbnt.claim GROUP BY stock
    ), live AS (
      SELECT stock, sum(claims)::bigint AS claims FROM kbnt.live_count GROUP BY stock
    ), sold AS (
      SELECT line.stock, sum(line.quantity)::bigint AS units
      FROM kbnt.finished f CROSS JOIN LATERAL jsonb_to_recordset(f.lines) AS line (stock uuid, quantity bigint)
      WHERE f.phase = 'Confirmed' GROUP BY line.stock
    ), waiting AS (
      SELECT r.stock, sum(r.last - r.first + 1)::bigint AS entries, max(r.last) AS last,
        max(r.last) FILTER (WHERE r.at < now() - $1 * interval '1 millisecond') AS old
      FROM kbnt.record r LEFT JOIN kbnt.delivered d ON d.stock = r.stock
      WHERE r.first > coalesce(d.sequence, 0) GROUP BY r.stock
    )
    SELECT s.uid, s.namespace, s.name, s.state, s.quantity, s.safety, s.reserved, s.confirmed, s.ceiling, s.sequence,
      s.terms ->> 'reclaimPolicy' = 'Return' AS lends, coalesce(sold.units, 0) AS sold,
      coalesce(c.count, 0) AS claims, coalesce(l.claims, 0) AS counted, coalesce(c.reserved, 0) AS claims_reserved,
      coalesce(c.confirmed, 0) AS claims_confirmed, coalesce(c.late, 0) AS late, c.first_deadline,
      coalesce(d.sequence, 0) AS delivered, coalesce(w.entries, 0) AS waiting,
      coalesce(w.last, d.sequence, 0) AS last,
      CASE WHEN s.at < now() - $1 * interval '1 millisecond' THEN s.sequence ELSE coalesce(w.old, 0) END AS old
    FROM kbnt.stock s
      LEFT JOIN claims c ON c.stock = s.uid LEFT JOIN live l ON l.stock = s.uid LEFT JOIN sold ON sold.stock = s.uid
      LEFT JOIN waiting w ON w.stock = s.uid LEFT JOIN kbnt.delivered d ON d.stock = s.uid
    ORDER BY s.namespace, s.name, s.uid`,
  strays: `SELECT c.stock, count(*) AS claims, sum(c.quantity)::bigint AS units FROM kbnt.claim c
    WHERE NOT EXISTS (SELECT 1 FROM kbnt.stock s WHERE s.uid = c.stock) GROUP BY c.stock ORDER BY c.stock`,
  // numbers leap where a recount says so, or where books begin anew; what records say is read at gaps only
  gaps: `SELECT DISTINCT ON (stock) stock, after, next, count(*) OVER (PARTITION BY stock) AS gaps
    FROM (
      SELECT r.stock, r.first AS next, coalesce(lag(r.last) OVER (PARTITION BY r.stock ORDER BY r.first), d.sequence, 0) AS after
      FROM kbnt.record r LEFT JOIN kbnt.delivered d ON d.stock = r.stock
      WHERE r.first > coalesce(d.sequence, 0)
    ) AS chain
    WHERE next <> after + 1 AND NOT (next > after AND EXISTS (
      SELECT 1 FROM kbnt.record r WHERE r.stock = chain.stock AND r.first = chain.next
        AND r.entries ~ '^\\[\\{"sequence":[0-9]+,"type":"stock\\.(recounted|created)"'))
    ORDER BY stock, next`,
  miscounted: `WITH limited AS (
      SELECT uid, terms ->> 'reclaimPolicy' = 'Return' AS lends FROM kbnt.stock
      WHERE terms #> '{limits,perConsumer}' IS NOT NULL
    ), has AS (
      SELECT c.stock, c.consumer, sum(c.quantity)::bigint AS units FROM kbnt.claim c JOIN limited l ON l.uid = c.stock
      WHERE c.consumer IS NOT NULL AND (c.phase = 'Reserved' OR l.lends) GROUP BY c.stock, c.consumer
    ), counted AS (
      SELECT u.stock, u.consumer, u.units FROM kbnt.consumer_units u JOIN limited l ON l.uid = u.stock
    )
    SELECT DISTINCT ON (stock) stock, consumer, coalesce(counted.units, 0) AS counted, coalesce(has.units, 0) AS has,
      count(*) OVER (PARTITION BY stock) AS consumers
    FROM has FULL JOIN counted USING (stock, consumer)
    WHERE coalesce(has.units, 0) <> coalesce(counted.units, 0)
    ORDER BY stock, consumer`,
} as const
