-- What became of every event at each target: one row each, for ever as far as redelivery goes.
CREATE TABLE kbnt_integration.consumption_log (
  target text NOT NULL,
  event_id text NOT NULL,
  topic text NOT NULL,
  partition integer NOT NULL,
  "offset" bigint NOT NULL,
  event_type text NOT NULL,
  stock text NOT NULL,
  stock_uid text, -- null: no stock has counted it
  sequence bigint,
  status text NOT NULL CHECK (status IN ('PROCESSED', 'FAILED', 'SKIPPED', 'NEEDS_ATTENTION')),
  blocks boolean NOT NULL, -- what follows in its stock must not be told without it
  external_id text,
  attempts integer NOT NULL,
  duration_ms integer,
  error text,
  first_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (target, event_id)
);
CREATE INDEX consumption_of_stock ON kbnt_integration.consumption_log (stock, sequence);
CREATE INDEX consumption_blocks ON kbnt_integration.consumption_log (target, stock_uid, sequence) WHERE blocks;
CREATE INDEX consumption_unsettled ON kbnt_integration.consumption_log (target, status, at)
  WHERE status IN ('FAILED', 'NEEDS_ATTENTION');
CREATE INDEX consumption_by_age ON kbnt_integration.consumption_log (first_at);

-- What is known of each stock at a target.
CREATE TABLE kbnt_integration.external_ids (
  target text NOT NULL,
  stock_uid text NOT NULL,
  external_id text, -- null: it has given none
  put_sequence bigint, -- of the newest state that was put; null: none was
  ended_at timestamptz, -- the stock is deleted
  PRIMARY KEY (target, stock_uid)
);
CREATE INDEX external_ids_by_age ON kbnt_integration.external_ids (ended_at) WHERE ended_at IS NOT NULL;

-- Messages that are in the retry topic, by their key: later ones of it follow them there.
CREATE TABLE kbnt_integration.key_in_retry (
  target text NOT NULL,
  key text NOT NULL,
  topic text NOT NULL,
  partition integer NOT NULL,
  "offset" bigint NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (target, key, topic, partition, "offset")
);
CREATE INDEX key_in_retry_by_age ON kbnt_integration.key_in_retry (at);
