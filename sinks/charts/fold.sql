-- Folds subscriptions from their events, one row each, every time from the beginning. It uses only
-- what neither order of arrival nor repetition can change: the latest telling of each event, the
-- largest of several values, what is sorted by its own time. Times are unix milliseconds, 0: none.
-- Read it from the innermost SELECT outwards.
--
-- Definitions
-- * A period is one transaction of a subscription: it starts at purchased_at and ends at the
--   earliest of: the next one's start; when all of its price had gone back; when the store ended it
--   (EXPIRATION, unless a REFUND_REVERSED followed); its expiry, or the end of its grace if later.
--   A one-time purchase is a period without a length.
-- * Patience: while auto-renew is on and nobody has said what follows, an expiry does not count for
--   24 hours. A renewal that comes within them starts where the old period ends: no gap. Neither is
--   there one between two periods of the same day.
-- * A cancellation ends nothing, a product change moves nothing: both act through the next event.
-- * EXPIRATION, BILLING_ISSUE, SUBSCRIPTION_EXTENDED and what switches auto-renew are about the
--   period that they name. When no payment of that one is known they are about the one that holds
--   their time. Their transaction id is not asked: before a late RENEWAL it is that of an earlier period.
-- * A charge that failed for a period never paid, with no end of grace said (Stripe's past_due),
--   keeps the last paid period active until an EXPIRATION or the payment.
-- * Paid: neither a trial, a promotional grant nor family sharing, and the price is not 0. A paid
--   period without a price in USD counts, worth nothing, as unpriced.
-- * A month's price: price x factor of the product's duration; of the days from start to expiry for
--   an intro offer and where the duration is not known.
-- * The start of a paid period with a length moves MRR: new is the first one, reactivation one after
--   a gap, else it continues the one before: fx when product, kind and local price are the same.
-- * Retention counts standard payments (not intro, not wholly refunded) from the first of a product
--   on, by the time that has passed, in lengths of the product; each length once.
INSERT INTO {target} (
  app_id, environment, sub_key, version, store, subscription_id, customer_id, customer_key,
  first_seen_at, first_paid_at, first_kept_at, last_paid_at, last_end,
  periods.transaction_id, periods.started_at, periods.ended_at, periods.expires_at, periods.patient_until,
  periods.kind, periods.paid, periods.renews, periods.mrr_usd_micros, periods.unpriced,
  periods.usd_micros, periods.refunded_usd_micros, periods.refunded_at, periods.tax_bp, periods.commission_bp,
  periods.product_id, periods.product_duration, periods.country_code, periods.offer_type,
  periods.moved_by, periods.moved_usd_micros, periods.continues, periods.churned,
  periods.converted_at, periods.cohort_at, periods.cohort_period,
  refunds.at, refunds.usd_micros, refunds.whole, refunds.place,
  issues.at, issues.recovered_at, issues.place,
  cancels.at, cancels.reason, cancels.place)
WITH
  4294967295000 AS forever,
  86400000 AS day,
  (SELECT (groupArray(duration), groupArray(numerator), groupArray(denominator))
     FROM mrr_durations FINAL) AS by_duration,
  (SELECT (groupArray(first_day), groupArray(last_day), groupArray(numerator), groupArray(denominator))
     FROM mrr_lengths FINAL) AS by_length
SELECT
  app_id, environment, sub_key, version, store, subscription_id, customer_id, sipHash64(customer_id),
  intDiv(first_seen, 1000),
  intDiv(arrayMin((start, paid) -> if(paid, start, forever), starts, paids), 1000),
  intDiv(arrayMin((start, paid, gone) -> if(paid AND gone = forever, start, forever), starts, paids, refunded_at), 1000),
  intDiv(arrayMax((start, paid) -> if(paid, start, 0), starts, paids), 1000),
  arrayMax(times.2),
  ids, times.1, times.2, times.3, times.4, kinds, paids, renews,
  mrrs, arrayMap((paid, unpriced) -> paid AND unpriced, paids, unpriceds),
  arrayMap((paid, usd) -> if(paid, usd, 0), paids, usds),
  arrayMap(i -> arraySum(r -> if(r.2 = i, r.3, 0), refunded), places),
  times.5, taxes, commissions, products, durations, countries, offers,
  moves.1, moves.2, moves.3, arrayMap((here, i) -> here AND NOT has(moves.3, i), counted, places),
  times.6, cohorts.1, cohorts.2,
  refunded.1, refunded.3, refunded.4, refunded.2,
  issues.1, issues.2, issues.3,
  arrayMap(f -> intDiv(f.at, 1000), cancels), cancels.reason, cancels.place
FROM (
  SELECT *,
    -- (why MRR moves, by how much, the place of what it continues)
    arrayMap((here, b, start, mrr, product, kind, currency, price, known) -> multiIf(
        NOT here, ('', 0, 0),
        b = 0, ('new', mrr, 0),
        intDiv(ends[b], day) < intDiv(start, day), ('reactivation', mrr, 0),
        (multiIf(
          mrr = mrrs[b], '',
          known AND price_known[b] AND product = products[b] AND kind = kinds[b]
            AND currency = currencies[b] AND price = prices[b], 'fx',
          mrr > mrrs[b], 'expansion', 'contraction'), mrr - mrrs[b], b)),
      counted, before, starts, mrrs, products, kinds, currencies, prices, price_known) AS moves,
    -- Seconds: (start, end, expiry, patience, when refunded, when converted)
    arrayMap((start, end, expiry, patient, next, gone, kind, i) -> (
        intDiv(least(start, forever), 1000), intDiv(least(end, forever), 1000), intDiv(least(expiry, forever), 1000),
        if(next = forever, intDiv(patient, 1000), 0),
        if(gone = forever, 0, intDiv(gone, 1000)),
        if(kind = 'trial' AND paids[arrayFirstIndex((other, paid, j) -> j > i AND other != 'one_time'
            AND (paid OR other = 'trial'), kinds, paids, places) AS first] AND refunded_at[first] = forever, intDiv(starts[first], 1000), 0)),
      starts, ends, expiries, patience, nexts, refunded_at, kinds, places) AS times,
    arrayMap(f -> (intDiv(f.at, 1000), intDiv(arrayMin(arrayFilter(told -> told > f.at, paid_again)), 1000), f.place),
      arrayFilter(f -> f.type = 'BILLING_ISSUE', about)) AS issues,
    arrayFilter((told, paid, kind) -> paid AND kind != 'one_time', tolds, paids, kinds) AS paid_again,
    arrayFilter(f -> f.type = 'CANCELLATION', about) AS cancels
  FROM (
    SELECT *,
      -- The paid period before, whether or not there is a gap; its place, 0: none.
      arrayMap((here, i) -> if(here, arrayLastIndex((other, j) -> other AND j < i, counted, places), 0), counted, places) AS before
    FROM (
      SELECT *,
        -- Halves away from zero.
        arrayMap((kind, paid, usd, f) -> if(paid AND kind != 'one_time', intDiv(2 * usd * f.1 + f.2, 2 * f.2), 0),
          kinds, paids, usds, factors) AS mrrs,
        arrayMap((start, paid, end) -> paid AND intDiv(end, 1000) > intDiv(start, 1000), starts, paids, ends) AS counted,
        -- (second of the cohort's start, number of the period since then) of each, in one go from the first on:
        -- (product, start of the cohort, number, what was found).
        arrayFold((was, start, product, length, kept) -> if(NOT kept,
            (was.1, was.2, was.3, arrayPushBack(was.4, (toInt64(0), toInt64(-1)))),
            (product, (if(product = was.1, was.2, start) AS begin), (intDiv(2 * (start - begin) + length, 2 * length) AS number),
             arrayPushBack(was.4, (intDiv(begin, 1000), if(product = was.1 AND number = was.3, -1, number))))),
          starts, products, lengths,
          arrayMap((kind, paid, length, gone) -> paid AND length > 0 AND gone = forever AND kind NOT IN ('intro', 'one_time'),
            kinds, paids, lengths, refunded_at),
          CAST(('', 0, -1, []), 'Tuple(String, Int64, Int64, Array(Tuple(Int64, Int64)))')).4 AS cohorts
      FROM (
        SELECT *,
          arrayMap((on, gone, out, over) -> if(on AND gone = forever AND over = 0 AND out < forever, out + day, 0),
            renews, refunded_at, run_out, overs) AS patience,
          arrayMap((start, kind, next, gone, out, over, patient) -> multiIf(
              kind = 'one_time' OR (least(next, gone, out, if(over > 0, over, forever)) AS end) <= start, start,
              end < next AND (next <= patient OR intDiv(end, day) = intDiv(next, day)), next,
              end),
            starts, kinds, nexts, refunded_at, run_out, overs, patience) AS ends,
          -- (numerator, denominator)
          arrayMap((kind, days, d) -> multiIf(
              d > 0 AND kind != 'intro', (by_duration.2[d], by_duration.3[d]),
              (arrayFirstIndex((a, b) -> days BETWEEN a AND b, by_length.1, by_length.2) AS l) > 0, (by_length.3[l], by_length.4[l]),
              (toInt64(28), greatest(days, 1))),
            kinds,
            arrayMap((start, until) -> greatest(intDiv(until - start + 43200000, day), 0), starts, expected),
            arrayMap(duration -> indexOf(by_duration.1, duration), durations)
          ) AS factors
        FROM (
          SELECT *,
            last_refunds.1 AS refunded_at,
            -- (second, place of the period, USD, whole). An amount that nobody knows is everything.
            arrayMap((r, place) -> (intDiv(r.at, 1000), place, coalesce(r.usd, if(r.named, 0, usds[place])),
                last_refunds[place].1 = r.at AND last_refunds[place].2 = r.refund),
              arrayFilter(r -> has(ids, r.id), refunds) AS ours, arrayMap(r -> indexOf(ids, r.id), ours)) AS refunded,
            arrayMap((i, until) -> greatest(until,
              arrayMax(f -> if(f.place = i AND f.type != 'BILLING_ISSUE', f.until, 0), about)), places, expected) AS expiries,
            arrayMap((i, until) -> greatest(until, arrayMax(f -> if(f.place = i, f.until, 0), about)), places, expected) AS run_out,
            -- Access that a refund's undoing gave back goes on.
            arrayMap((i, id) -> arrayMax(f -> if(f.place = i AND f.over > arrayMax(r -> if(r.id = id, r.at, 0), reversals),
                f.over, 0), about), places, ids) AS overs,
            -- The last of what switched it, on where nothing did.
            arrayMap((i, kind) -> kind NOT IN ('prepaid', 'one_time')
              AND arrayLast(f -> f.place = i AND f.switched != '', about).switched != 'off', places, kinds) AS renews
          FROM (
            SELECT *,
              arrayPushBack(arrayPopFront(arrayMap((start, kind) -> if(kind = 'one_time', forever, start), starts, kinds)), forever) AS nexts,
              -- The refund with which those that stand had reached the price.
              arrayMap((id, price) -> arrayFirst(sum -> sum.3 >= price, arrayPushBack(
                  arrayZip((arrayFilter(r -> r.id = id, refunds) AS own).at, own.refund, arrayCumSum(own.amount)),
                  (forever, '', 9223372036854775807))), ids, prices) AS last_refunds,
              -- Which period each fact is about: its place among them, until when it goes on at least, and
              -- when the store ended it. An end dated before the message that told of the payment, by
              -- another message, was overtaken by it: access went on.
              arrayMap((f, named) -> CAST((
                  f.type, f.at, f.reason, f.switched,
                  if(named > 0, named, arrayCount(start -> start <= f.at, starts)),
                  if(f.type = 'BILLING_ISSUE' AND f.until = 0 AND named = 0, forever, f.until),
                  if(f.type = 'EXPIRATION' AND NOT (
                      named > 0 AND f.at < tolds[named] AND f.told_by != told_bys[named]), f.at, 0)
                ), 'Tuple(type String, at Int64, reason String, switched String, place UInt32, until Int64, over Int64)'),
                facts, arrayMap(f -> arrayLastIndex(name -> name = f.period, names), facts)) AS about
            FROM (
              SELECT
                app_id, environment, sub_key, version, store, subscription_id, customer_id, first_seen, facts, reversals, refunds,
                periods.start AS starts, periods.told AS tolds, periods.told_by AS told_bys, periods.id AS ids,
                periods.expires AS expected, periods.period AS names, periods.kind AS kinds, periods.paid AS paids,
                periods.price AS prices, periods.price_known AS price_known, periods.currency AS currencies,
                periods.usd AS usds, periods.unpriced AS unpriceds, periods.tax AS taxes, periods.commission AS commissions,
                periods.length AS lengths, periods.product_id AS products, periods.duration AS durations,
                periods.country AS countries, periods.offer_type AS offers,
                arrayEnumerate(periods) AS places
              FROM (
                SELECT
                  app_id, environment, sub_key, store, subscription_id,
                  sum(e.version) AS version,
                  argMax(e.customer_id, (sequence, event_id)) AS customer_id,
                  min(seen) AS first_seen,
                  arraySort(p -> (p.kind = 'one_time', p.start, p.told, p.id), groupArrayIf(CAST((
                      start, at, transaction_id, expires, period, notification_id,
                      ifNull(price_micros, 0), isNotNull(price_micros), currency,
                      ifNull(price_usd_micros, 0), isNull(price_usd_micros), ifNull(tax_bp, 0), ifNull(commission_bp, 0),
                      multiIf(is_family_share, 'family', period_type = 'PROMOTIONAL', 'promotional',
                        type = 'NON_RENEWING_PURCHASE', 'one_time', period_type = '', 'normal', lower(period_type)),
                      NOT is_family_share AND period_type NOT IN ('TRIAL', 'PROMOTIONAL')
                        AND coalesce(price_usd_micros, price_micros, 1) > 0,
                      toInt64OrZero(extract(product_duration, '^P([0-9]+)[DWMY]$')) * transform(right(product_duration, 1),
                        ['D', 'W', 'M', 'Y'], [86400000, 604800000, 2629800000, 31557600000], 0),
                      product_id, product_duration, country_code, offer_type), 'Tuple(start Int64, told Int64, id String, expires Int64, period String, told_by String,
                             price Int64, price_known Bool, currency String, usd Int64, unpriced Bool, tax Int32, commission Int32,
                             kind String, paid Bool, length Int64,
                             product_id String, duration String, country String, offer_type String)'),
                    kept)) AS periods,
                  arraySort(f -> (f.at, f.id), groupArrayIf(CAST(
                      (type, toString(event_id), period, at, if(type = 'BILLING_ISSUE', grace, expires), notification_id, reason,
                       multiIf(type = 'UNCANCELLATION', 'on',
                         type = 'CANCELLATION' AND refund_id = '' AND reason != 'BILLING_ERROR', 'off', '')),
                      'Tuple(type String, id String, period String, at Int64, until Int64, told_by String, reason String, switched String)'),
                    type IN ('EXPIRATION', 'BILLING_ISSUE', 'SUBSCRIPTION_EXTENDED', 'CANCELLATION', 'UNCANCELLATION'))) AS facts,
                  groupArrayIf(CAST((transaction_id, refund_id, at), 'Tuple(id String, refund String, at Int64)'),
                    type = 'REFUND_REVERSED') AS reversals,
                  arraySort(r -> (r.at, r.refund), arrayFilter(r -> NOT has(reversals.refund, r.refund),
                    groupArrayIf(CAST((transaction_id, refund_id, at, isNotNull(price_micros),
                        ifNull(-price_micros, 1000000000000000000), -price_usd_micros),
                        'Tuple(id String, refund String, at Int64, named Bool, amount Int64, usd Nullable(Int64))'),
                      type = 'CANCELLATION' AND refund_id != ''))) AS refunds
                FROM (
                  SELECT *,
                    toUnixTimestamp64Milli(occurred_at) AS at,
                    toUnixTimestamp64Milli(customer_first_seen_at) AS seen,
                    ifNull(toUnixTimestamp64Milli(purchased_at), 0) AS purchased,
                    type = 'NON_RENEWING_PURCHASE' AS once,
                    if(once AND purchased = 0, at, purchased) AS start,
                    if(once, start, ifNull(toUnixTimestamp64Milli(expires_at), 0)) AS expires,
                    ifNull(toUnixTimestamp64Milli(grace_expires_at), 0) AS grace,
                    type IN ('INITIAL_PURCHASE', 'RENEWAL', 'NON_RENEWING_PURCHASE') AND start > 0 AND expires > 0 AS kept
                  FROM events FINAL
                  WHERE {keys}
                ) AS e
                GROUP BY app_id, environment, sub_key, store, subscription_id
                HAVING notEmpty(periods)
              )
            )
          )
        )
      )
    )
  )
)
-- Compiling costs a fold more than it ever saves it, and finds nothing compiled the next time; so do
-- the plan's other optimizations (200 -> 160 ms), while the primary key is used without them.
SETTINGS compile_expressions = 0, compile_aggregate_expressions = 0, query_plan_enable_optimizations = 0
