import type { QueryConfig } from 'pg'

type Statement = Pick<QueryConfig, 'name' | 'text'>

/** What the relay of records reads and writes. Each is one statement, so that all it sees is of one moment. */
export const relaying = {
  // by the stocks and not by the records: of these, many that were deleted may still lie in the way
  waiting: {
    name: 'records-waiting',
    text: `SELECT s.uid, s.namespace, s.name, s.terms ->> 'product' AS product, s.sequence,
        coalesce(d.sequence, 0) AS delivered, s.recorded - coalesce(d.bytes, 0) AS bytes
      FROM kbnt.stock s LEFT JOIN kbnt.delivered d ON d.stock = s.uid
      WHERE s.uid > $1::uuid AND s.sequence > coalesce(d.sequence, 0)
      ORDER BY s.uid LIMIT $2`,
  },
  // how large they are is looked at before what they say is fetched, which lies elsewhere
  next: {
    name: 'records-next',
    text: `SELECT s.uid AS stock, s.sequence, coalesce(d.sequence, 0) AS delivered,
        r.first, r.last, r.bytes, r.at, r.tells_stock, r.entries
      FROM unnest($1::uuid[], $2::bigint[]) AS wanted (stock, after)
      JOIN kbnt.stock s ON s.uid = wanted.stock
      LEFT JOIN kbnt.delivered d ON d.stock = s.uid
      LEFT JOIN LATERAL (
        SELECT * FROM (
          SELECT c.*, sum(c.bytes) OVER (ORDER BY c.first) - c.bytes AS before FROM (
            SELECT * FROM kbnt.record
            WHERE stock = s.uid AND first > greatest(wanted.after, coalesce(d.sequence, 0))
            ORDER BY first LIMIT $3
          ) AS c
        ) AS counted WHERE before = 0 OR before + bytes <= $4
      ) AS r ON true
      ORDER BY s.uid, r.first`,
  },
  // what somebody else has deleted is counted by them; where a stock's last entry is delivered, nothing is left to be counted
  delivered: {
    name: 'records-delivered',
    text: `WITH done AS (
        SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS n (stock, after, up_to)
      ), gone AS (
        DELETE FROM kbnt.record r USING done
        WHERE r.stock = done.stock AND r.first > done.after AND r.first <= done.up_to RETURNING r.stock, r.bytes
      ), counted AS (
        SELECT done.stock, done.up_to, CASE WHEN s.sequence <= done.up_to THEN s.recorded ELSE 0 END AS in_all,
          (SELECT coalesce(sum(gone.bytes), 0) FROM gone WHERE gone.stock = done.stock) AS more
        FROM done JOIN kbnt.stock s ON s.uid = done.stock
      )
      INSERT INTO kbnt.delivered AS d (stock, sequence, bytes)
      SELECT stock, up_to, greatest(more, in_all) FROM counted ORDER BY stock
      ON CONFLICT (stock) DO UPDATE SET sequence = greatest(d.sequence, excluded.sequence),
        bytes = (SELECT greatest(d.bytes + c.more, c.in_all) FROM counted c WHERE c.stock = d.stock)`,
  },
  // where all of it is taken, nobody may have more, and nobody else need be named
  pressure: {
    name: 'records-pressure',
    text: `SELECT behind.uid, behind.bytes, behind.all_bytes, CASE WHEN behind.place <= $1::bigint THEN (SELECT
          (extract(epoch FROM statement_timestamp() - r.at) * 1000)::float8
          FROM kbnt.record r WHERE r.stock = behind.uid AND r.first > behind.delivered ORDER BY r.first LIMIT 1) END AS age_ms
      FROM (
        SELECT waiting.*, sum(bytes) OVER () AS all_bytes, row_number() OVER (ORDER BY bytes DESC, uid) AS place FROM (
          SELECT s.uid, coalesce(d.sequence, 0) AS delivered, s.recorded - coalesce(d.bytes, 0) AS bytes
          FROM kbnt.stock s LEFT JOIN kbnt.delivered d ON d.stock = s.uid
          WHERE s.recorded > coalesce(d.bytes, 0)
        ) AS waiting
      ) AS behind
      WHERE place <= $1::bigint OR (all_bytes < $2::bigint AND bytes >= least($2::bigint / 4, $2::bigint - all_bytes))
      ORDER BY place LIMIT $3`,
  },
} as const satisfies Record<string, Statement>
