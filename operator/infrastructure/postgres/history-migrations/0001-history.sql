-- What stocks have decided, for reading. All of it comes from the topic that gets every event, and can be made from it anew;
-- the schema is that of the day: a second one is built beside it, and then has its name.

-- One row a stock (uid): the newest that is known of it. Whoever adds rows of a stock has its row locked.
CREATE TABLE stock (
  uid uuid PRIMARY KEY,
  namespace text NOT NULL,
  name text NOT NULL,
  product text NOT NULL,
  -- 0: there are no rows yet
  sequence bigint NOT NULL,
  at timestamptz NOT NULL,
  quantity bigint NOT NULL,
  reserved bigint NOT NULL,
  confirmed bigint NOT NULL,
  available bigint NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX stock_by_name ON stock (namespace, name);

-- One row a decision; the id of its event is `stock-sequence`. Balances are those after it. Rows are never changed.
CREATE TABLE event (
  stock uuid NOT NULL,
  sequence bigint NOT NULL,
  at timestamptz NOT NULL,
  units bigint,
  quantity bigint NOT NULL,
  reserved bigint NOT NULL,
  confirmed bigint NOT NULL,
  available bigint NOT NULL,
  type text NOT NULL,
  level text NOT NULL,
  price numeric,
  currency text,
  reservation_uid text,
  reservation_namespace text,
  reservation text,
  consumer text,
  PRIMARY KEY (stock, sequence)
);
CREATE INDEX event_by_time ON event (stock, at, sequence);

-- One row for each day (UTC) on which a stock has decided something: units by what was done, and how the day closed.
CREATE TABLE stock_day (
  stock uuid NOT NULL,
  day date NOT NULL,
  events bigint NOT NULL,
  units_reserved bigint NOT NULL,
  units_confirmed bigint NOT NULL,
  units_released bigint NOT NULL,
  units_returned bigint NOT NULL,
  units_expired bigint NOT NULL,
  units_rejected bigint NOT NULL,
  -- of the newest row of the day
  sequence bigint NOT NULL,
  quantity bigint NOT NULL,
  reserved bigint NOT NULL,
  confirmed bigint NOT NULL,
  available bigint NOT NULL,
  deleted boolean NOT NULL,
  namespace text NOT NULL,
  product text NOT NULL,
  PRIMARY KEY (stock, day)
) WITH (fillfactor = 50);
CREATE INDEX stock_day_by_product ON stock_day (namespace, product, day);

-- The same for all stocks of a product in a namespace. A day's close counts also those that did nothing on it.
CREATE VIEW product_day AS
SELECT of_day.*, close.quantity, close.reserved, close.confirmed, close.available
FROM (
  SELECT namespace, product, day, sum(events) AS events,
    sum(units_reserved) AS units_reserved, sum(units_confirmed) AS units_confirmed,
    sum(units_released) AS units_released, sum(units_returned) AS units_returned,
    sum(units_expired) AS units_expired, sum(units_rejected) AS units_rejected
  FROM stock_day GROUP BY namespace, product, day
) of_day CROSS JOIN LATERAL (
  SELECT sum(quantity) AS quantity, sum(reserved) AS reserved, sum(confirmed) AS confirmed, sum(available) AS available
  FROM (
    SELECT DISTINCT ON (stock) quantity, reserved, confirmed, available, deleted FROM stock_day AS before
    WHERE before.namespace = of_day.namespace AND before.product = of_day.product AND before.day <= of_day.day
    ORDER BY stock, day DESC
  ) newest WHERE NOT deleted
) close;

-- What is wrong with rows: a gap before one, or balances that move otherwise than it says.
CREATE TABLE finding (
  stock uuid NOT NULL,
  sequence bigint NOT NULL,
  kind text NOT NULL CHECK (kind IN ('gap', 'difference')),
  -- when the row was decided at which it was seen
  at timestamptz NOT NULL,
  -- of a gap: its first and last row, and how many of them are missing still
  first bigint,
  last bigint,
  missing bigint,
  message text,
  found_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- a gap is closed once all of its rows have come
  closed_at timestamptz,
  PRIMARY KEY (stock, sequence, kind)
);
CREATE INDEX finding_open ON finding (stock) WHERE closed_at IS NULL;
