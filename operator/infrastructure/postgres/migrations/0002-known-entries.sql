-- writers from 1
-- The number of an entry that somebody has seen of a stock: where the row itself has not come so far, its database was set
-- back, and nothing is decided of it until somebody accepts its books.
ALTER TABLE kbnt.stock ADD COLUMN known bigint NOT NULL DEFAULT 0;

-- Has a stock decide nothing any more whose row has forgotten what was seen of it. With the rights of whoever made it, as
-- kbnt.halt().
CREATE FUNCTION kbnt.halt_set_back(stock uuid, known bigint) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
  UPDATE kbnt.stock AS s SET known = greatest(s.known, halt_set_back.known),
      state = CASE s.state WHEN 'Open' THEN 'Halted' ELSE s.state END
    WHERE s.uid = halt_set_back.stock
$$;
REVOKE ALL ON FUNCTION kbnt.halt_set_back(uuid, bigint) FROM PUBLIC;
