-- writers from 1
-- The cluster in which the stock is an object. Null where nobody has said so yet: nobody takes such a row for one whose object
-- is gone.
ALTER TABLE kbnt.stock ADD COLUMN cluster uuid;
