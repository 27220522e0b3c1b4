-- The books of stocks as rows. Times that are compared are timestamptz of the database's own clock, in whole milliseconds.

-- One row a stock. Whoever has it locked decides. The database refuses to oversell, whatever a program says.
CREATE TABLE kbnt.stock (
  uid uuid PRIMARY KEY,
  namespace text NOT NULL,
  name text NOT NULL,
  quantity bigint NOT NULL,
  safety bigint NOT NULL,
  reserved bigint NOT NULL,
  confirmed bigint NOT NULL,
  ceiling bigint NOT NULL,
  level text NOT NULL,
  sequence bigint NOT NULL,
  at timestamptz NOT NULL,
  generation bigint NOT NULL,
  state text NOT NULL CHECK (state IN ('Open', 'Closed', 'Halted')),
  terms jsonb NOT NULL,
  -- bytes of all records that were ever cut of it, as `sequence` counts its entries
  recorded bigint NOT NULL,
  CONSTRAINT counts_from_nothing CHECK (reserved >= 0 AND confirmed >= 0),
  CONSTRAINT never_oversold CHECK (reserved + confirmed <= greatest(quantity - safety, ceiling))
) WITH (fillfactor = 50);

-- What reservations have out: one row for each stock of each. `follows` and `lines` tie those of a set to its home.
CREATE TABLE kbnt.claim (
  uid uuid NOT NULL,
  stock uuid NOT NULL,
  namespace text NOT NULL,
  name text NOT NULL,
  consumer text,
  source text NOT NULL CHECK (source IN ('http', 'object')),
  request_id text,
  note text,
  phase text NOT NULL CHECK (phase IN ('Reserved', 'Confirmed')),
  quantity bigint NOT NULL CHECK (quantity > 0),
  sequence bigint NOT NULL,
  since timestamptz NOT NULL,
  deadline timestamptz NOT NULL,
  price jsonb,
  lines jsonb,
  follows jsonb,
  PRIMARY KEY (uid, stock)
);
-- what is over is found by this, at one stock or at all
CREATE INDEX claim_ends ON kbnt.claim (stock, deadline) WHERE phase = 'Reserved';
-- those of objects are compared with what is in the cluster, beside however many of HTTP
CREATE INDEX claim_of_objects ON kbnt.claim (uid) WHERE source = 'object' AND follows IS NULL;

-- That something was decided under a uid: an order that comes again is the same one for as long as its key is here.
CREATE TABLE kbnt.request_key (
  uid uuid PRIMARY KEY,
  fingerprint text NOT NULL,
  day date NOT NULL
);

-- What consumers have of stocks that limit it.
CREATE TABLE kbnt.consumer_units (
  stock uuid NOT NULL,
  consumer text NOT NULL,
  units bigint NOT NULL,
  PRIMARY KEY (stock, consumer)
);

-- Reservations that are over: dropped by the day, never one by one.
CREATE TABLE kbnt.finished (
  uid uuid NOT NULL,
  namespace text NOT NULL,
  name text NOT NULL,
  consumer text,
  source text NOT NULL,
  request_id text,
  note text,
  phase text NOT NULL CHECK (phase IN ('Confirmed', 'Released', 'Expired', 'Rejected')),
  reason text,
  at timestamptz NOT NULL,
  since timestamptz,
  deadline timestamptz,
  lines jsonb NOT NULL,
  shortages jsonb,
  -- the database's own, when it is written: a decision may be dated later than that by a clock that was set back since
  day date NOT NULL DEFAULT (clock_timestamp() AT TIME ZONE 'UTC')::date
) PARTITION BY RANGE (day);
CREATE INDEX finished_uid ON kbnt.finished (uid);

-- What is to be sent: one row is one record, as it was cut when it was committed.
CREATE TABLE kbnt.record (
  stock uuid NOT NULL,
  first bigint NOT NULL,
  last bigint NOT NULL,
  bytes integer NOT NULL,
  -- of the last entry
  at timestamptz NOT NULL,
  -- some of its entries are about the stock itself
  tells_stock boolean NOT NULL,
  entries text NOT NULL,
  PRIMARY KEY (stock, first)
);
-- it stays for a moment only: compressing it would cost every commit more than it saves
ALTER TABLE kbnt.record ALTER COLUMN entries SET STORAGE EXTERNAL;

-- How far the topics have a stock's records, written by whoever sends them: what is undelivered is what stock.sequence and
-- stock.recorded are ahead of this. No row = nothing of it was delivered yet.
CREATE TABLE kbnt.delivered (
  stock uuid PRIMARY KEY,
  sequence bigint NOT NULL,
  bytes bigint NOT NULL
) WITH (fillfactor = 50);

-- Makes the partitions of `finished` for so many days from yesterday on; those that are there stay as they are. They are
-- made beside it and then attached, which no reader and no writer waits for.
CREATE FUNCTION kbnt.add_days(days integer) RETURNS void LANGUAGE plpgsql SET lock_timeout = '1s' AS $$
DECLARE
  one date;
  part text;
BEGIN
  FOR one IN SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date + day FROM generate_series(-1, days) AS day LOOP
    part := 'finished_' || to_char(one, 'YYYYMMDD');
    CONTINUE WHEN to_regclass('kbnt.' || part) IS NOT NULL;
    EXECUTE format('CREATE TABLE kbnt.%I (LIKE kbnt.finished INCLUDING ALL)', part);
    EXECUTE format('ALTER TABLE kbnt.finished ATTACH PARTITION kbnt.%I FOR VALUES FROM (%L) TO (%L)', part, one, one + 1);
  END LOOP;
END
$$;

-- Has a stock decide nothing any more until somebody has looked at it. With the rights of whoever made it, because nobody
-- else who sells may change a state, least of all back.
CREATE FUNCTION kbnt.halt(stock uuid) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
  UPDATE kbnt.stock SET state = 'Halted' WHERE uid = halt.stock AND state = 'Open'
$$;
REVOKE ALL ON FUNCTION kbnt.halt(uuid), kbnt.add_days(integer) FROM PUBLIC;
