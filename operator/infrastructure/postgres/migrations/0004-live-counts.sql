-- writers from 1
-- How many claims each stock has of each namespace, for what a namespace may have at most. The database itself counts, so that
-- it is right whatever version of a program writes. Claims come and go under their stock's lock alone, so nobody waits for a
-- row of this who does not wait for the stock.
CREATE TABLE kbnt.live_count (
  stock uuid NOT NULL,
  namespace text NOT NULL,
  claims bigint NOT NULL,
  PRIMARY KEY (stock, namespace)
) WITH (fillfactor = 50);

-- With the rights of whoever made them: who sells may not write what it is judged by.
CREATE FUNCTION kbnt.count_added() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
  INSERT INTO kbnt.live_count AS l (stock, namespace, claims)
  SELECT stock, namespace, count(*) FROM added GROUP BY stock, namespace ORDER BY stock, namespace
  ON CONFLICT (stock, namespace) DO UPDATE SET claims = l.claims + excluded.claims;
  RETURN NULL;
END
$$;
CREATE FUNCTION kbnt.count_gone() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
  UPDATE kbnt.live_count AS l SET claims = l.claims - g.claims
  FROM (SELECT stock, namespace, count(*) AS claims FROM gone GROUP BY stock, namespace) AS g
  WHERE l.stock = g.stock AND l.namespace = g.namespace;
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION kbnt.count_added(), kbnt.count_gone() FROM PUBLIC;

-- from here on until the end of this step nobody writes a claim; counting those of millions may take longer than a transaction has
SET LOCAL transaction_timeout = 0;
SET LOCAL transaction_timeout = 60000;
CREATE TRIGGER count_added AFTER INSERT ON kbnt.claim
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION kbnt.count_added();
CREATE TRIGGER count_gone AFTER DELETE ON kbnt.claim
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION kbnt.count_gone();
INSERT INTO kbnt.live_count (stock, namespace, claims)
SELECT stock, namespace, count(*) FROM kbnt.claim GROUP BY stock, namespace;
