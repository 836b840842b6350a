-- Not a chart: subscriptions that paid, each with the customer whom it belongs to now: the id that its
-- own events gave, or the one that a newer event lists it among the aliases of.
CREATE OR REPLACE VIEW by_customer AS
SELECT
  if(owner.customer_key = 0, paid.customer_key, owner.customer_key) AS customer,
  paid.* EXCEPT (customer_key)
FROM (
  SELECT customer_key, sub_key, first_paid_at
  FROM subscriptions
  WHERE ({app:String} = '' OR app_id = {app:String})
    AND ({store:String} = '' OR store = {store:String})
    AND environment = {environment:String}
    AND last_paid_at > 0
    AND row_number_of(_part, _part_offset) NOT IN (SELECT row FROM superseded)
) AS paid
-- Most aliases are a customer's own id, which need not be looked up.
LEFT ANY JOIN (
  SELECT alias_key, customer_key FROM customer_aliases FINAL
  WHERE environment = {environment:String} AND alias_key != customer_key
) AS owner ON paid.customer_key = owner.alias_key;
