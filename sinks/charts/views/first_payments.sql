-- Not a chart: the subscriptions that hold a customer's first payment, which may have been refunded.
CREATE OR REPLACE VIEW first_payments AS
SELECT argMin(sub_key, (first_paid_at, sub_key)) AS sub_key, min(first_paid_at) AS first_at
FROM by_customer(app = {app:String}, store = {store:String}, environment = {environment:String})
GROUP BY customer;
