-- What became of messages whose requests are over: one row each, so that one that comes again after its request is gone does nothing.
CREATE TABLE kbnt_requests.processed_message (
  request text PRIMARY KEY, -- the name of the request, made of namespace and message id
  namespace text NOT NULL,
  message_id text NOT NULL,
  digest text NOT NULL, -- SHA-256 of {messageType, payload} as canonical JSON
  request_uid text NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('Completed', 'Failed')),
  reason text NOT NULL,
  ended_at timestamptz NOT NULL,
  topic text NOT NULL,
  partition integer NOT NULL,
  "offset" bigint NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX processed_message_by_age ON kbnt_requests.processed_message (at);
CREATE INDEX processed_message_by_id ON kbnt_requests.processed_message (namespace, message_id);
