-- Not a chart: one row whenever MRR moved, for tools that click tables together. Summed up to a day
-- they are chart_mrr at its end. Kinds: new, expansion, contraction, churned, reactivation; a renewal
-- at another exchange rate is an expansion or contraction here.
-- What a period ends with is churned unless another paid one begins by the end of that day.
CREATE OR REPLACE VIEW v_movements AS
SELECT
  app_id, environment, store, subscription_id, customer_id,
  movement.1 AS moved_at, movement.2 AS kind,
  movement.3 AS mrr_usd_micros, toDecimal128(movement.3, 6) / 1000000 AS mrr_usd,
  movement.4 AS subscriptions,
  product_id, product_duration, country_code, offer_type
FROM (
  SELECT
    app_id, environment, store, subscription_id, customer_id,
    -- Paid periods of some length, by number.
    arrayFilter((i, paid, started, ended) -> paid AND ended > started,
      arrayEnumerate(`periods.paid`), `periods.paid`, `periods.started_at`, `periods.ended_at`) AS numbers,
    arrayMap(i -> `periods.started_at`[i], numbers) AS starts,
    arrayMap(i -> `periods.ended_at`[i], numbers) AS ends,
    arrayMap(i -> `periods.mrr_usd_micros`[i], numbers) AS mrrs,
    arrayMap((started, k) -> k > 1 AND toDate(started) <= toDate(ends[k - 1]), starts, arrayEnumerate(starts)) AS goes_on,
    arrayMap(k -> goes_on[k + 1], arrayEnumerate(goes_on)) AS is_followed,
    arrayMap((k, started, mrr, went_on) -> (
        started,
        multiIf(k = 1, 'new', NOT went_on, 'reactivation', mrr > mrrs[k - 1], 'expansion', 'contraction'),
        mrr - if(went_on, mrrs[k - 1], 0),
        toInt8(NOT went_on),
        numbers[k]), arrayEnumerate(starts), starts, mrrs, goes_on) AS beginnings,
    arrayMap((k, ended, mrr) -> (ended, 'churned', -mrr, toInt8(-1), numbers[k]),
      arrayEnumerate(ends), ends, mrrs) AS ends_of,
    arrayConcat(
      arrayFilter((b, went_on) -> NOT went_on OR b.3 != 0, beginnings, goes_on),
      arrayFilter((e, followed) -> NOT followed, ends_of, is_followed)) AS movements,
    `periods.product_id` AS products, `periods.product_duration` AS durations,
    `periods.country_code` AS countries, `periods.offer_type` AS offers
  FROM subscriptions FINAL
)
ARRAY JOIN
  movements AS movement,
  arrayMap(m -> products[m.5], movements) AS product_id,
  arrayMap(m -> durations[m.5], movements) AS product_duration,
  arrayMap(m -> countries[m.5], movements) AS country_code,
  arrayMap(m -> offers[m.5], movements) AS offer_type
WHERE movement.1 <= now('UTC');
