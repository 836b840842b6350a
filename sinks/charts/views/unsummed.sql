-- Not a chart: the rows of `subscriptions` that charts look at, because `day_sums` does not stand for them; and
-- those that it stands for though a newer one replaces them, to be taken off again: their `sign` is -1.
-- (Of the summed part the replaced rows alone, of the others the rows that nothing replaces alone. Both are of
-- subscriptions that another part tells of: so they are found by the table's key.)
-- With `part` it is the rows of that part alone, to sum them. What they changed is told from `from` on; sums
-- tell it from 1970 on, so readers choose their days from both.
CREATE OR REPLACE VIEW unsummed AS
SELECT *, if({part:String} = '' AND row_number_of(_part, _part_offset) IN (SELECT row FROM superseded), toInt64(-1), toInt64(1)) AS sign
FROM subscriptions
WHERE environment = {environment:String}
  AND ({app:String} = '' OR app_id = {app:String})
  AND ({store:String} = '' OR store = {store:String})
  AND ({part:String} != '' OR sub_key IN (SELECT sub_key FROM subscriptions WHERE _part NOT IN (SELECT part FROM live_sums)))
  AND if({part:String} = '', (_part IN (SELECT part FROM live_sums)) = (sign < 0), _part = {part:String});
