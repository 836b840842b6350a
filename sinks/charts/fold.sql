-- Folds subscriptions from their events, one row each, every time from the beginning. It uses only
-- what neither order of arrival nor repetition can change: the latest telling of each event, the
-- largest of several values, what is sorted by its own time. Times are unix milliseconds, 0: none.
-- Read it from the innermost SELECT outwards.
--
-- Definitions
-- * A period is one transaction of a subscription: it starts at purchased_at and ends at the
--   earliest of: the next one's start; when all of its price had gone back; when the store ended it
--   (EXPIRATION, unless a REFUND_REVERSED followed); its expiry, or the end of its grace if later.
-- * A cancellation ends nothing, a product change moves nothing: both act through the next event.
-- * EXPIRATION, BILLING_ISSUE and SUBSCRIPTION_EXTENDED are about the period that they name. When no
--   payment of that one is known they are about the one that holds their time. Their transaction id
--   is not asked: before a late RENEWAL it is that of an earlier period.
-- * A charge that failed for a period never paid, with no end of grace said (Stripe's past_due),
--   keeps the last paid period active until an EXPIRATION or the payment.
-- * Paid: neither a trial, a promotional grant nor family sharing, and the price is not 0. A paid
--   period without a price in USD counts, worth nothing, as unpriced.
-- * A month's price: price x factor of the product's duration; of the days from start to expiry for
--   an intro offer and where the duration is not known.
INSERT INTO {target}
WITH
  4294967295000 AS forever,
  (SELECT (groupArray(duration), groupArray(numerator), groupArray(denominator))
     FROM mrr_durations FINAL) AS by_duration,
  (SELECT (groupArray(first_day), groupArray(last_day), groupArray(numerator), groupArray(denominator))
     FROM mrr_lengths FINAL) AS by_length
SELECT
  app_id, environment, sub_key, version, store, subscription_id, customer_id,
  arrayMax(ended_at) AS last_end,
  periods.id,
  arrayMap(p -> toDateTime(intDiv(p.start, 1000), 'UTC'), periods) AS started_at,
  arrayMap((p, end) -> toDateTime(intDiv(greatest(p.start, end), 1000), 'UTC'), periods, ends) AS ended_at,
  periods.kind,
  periods.paid,
  -- Halves away from zero.
  arrayMap((p, f) -> if(p.paid, intDiv(2 * p.usd * f.1 + f.2, 2 * f.2), 0), periods, factors),
  arrayMap(p -> p.paid AND p.unpriced, periods),
  periods.product_id, periods.duration, periods.country, periods.offer_type
FROM (
  SELECT *,
    arrayMap((i, p, refunded, restored, next) -> least(
        next,
        refunded,
        greatest(p.expires, arrayMax(arrayMap(f -> if(f.place = i, f.until, 0), about))),
        if((arrayMax(arrayMap(f -> if(f.place = i AND f.over > restored, f.over, 0), about)) AS over) > 0,
           over, forever)),
      arrayEnumerate(periods), periods, refunded_at, restored_at,
      arrayPushBack(arrayPopFront(periods.start), forever)) AS ends,
    -- (numerator, denominator)
    arrayMap((p, days, d, l) -> multiIf(
        d > 0 AND p.kind != 'intro', (by_duration.2[d], by_duration.3[d]),
        l > 0, (by_length.3[l], by_length.4[l]),
        (toInt64(28), days)),
      periods, days,
      arrayMap(p -> indexOf(by_duration.1, p.duration), periods),
      arrayMap(n -> arrayFirstIndex((a, b) -> n BETWEEN a AND b, by_length.1, by_length.2), days)
    ) AS factors
  FROM (
    SELECT *,
      arrayMap(p -> greatest(intDiv(p.expires - p.start + 43200000, 86400000), 0), periods) AS days,
      arrayMap(p -> arrayMax(arrayMap(r -> if(r.id = p.id, r.at, 0), reversals)), periods) AS restored_at,
      -- When the refunds that stand had reached the price.
      arrayMap(p -> arrayFirst(sum -> sum.2 >= p.price, arrayPushBack(
          arrayZip(arrayMap(r -> r.at, arrayFilter(r -> r.id = p.id, refunds) AS own),
                   arrayCumSum(arrayMap(r -> r.amount, own))),
          (forever, 9223372036854775807))).1, periods) AS refunded_at,
      -- Which period each fact is about: its place among them, until when it goes on at least, and
      -- when the store ended it. An end dated before the message that told of the payment, by
      -- another message, was overtaken by it: access went on.
      arrayMap(f -> CAST((
          if((arrayLastIndex(p -> p = f.period, periods.period) AS named) > 0, named,
             arrayCount(start -> start <= f.at, periods.start)),
          if(f.type = 'BILLING_ISSUE' AND f.until = 0 AND named = 0, forever, f.until),
          if(f.type = 'EXPIRATION' AND NOT (
              named > 0 AND f.at < periods[named].told AND f.told_by != periods[named].told_by), f.at, 0)
        ), 'Tuple(place UInt32, until Int64, over Int64)'), facts) AS about
    FROM (
      SELECT
        app_id, environment, sub_key, store, subscription_id,
        sum(e.version) AS version,
        argMax(e.customer_id, (sequence, event_id)) AS customer_id,
        arraySort(p -> (p.start, p.told, p.id), groupArrayIf(CAST((
            purchased, at, transaction_id, expires, period, notification_id,
            ifNull(price_micros, 0), ifNull(price_usd_micros, 0), isNull(price_usd_micros),
            multiIf(is_family_share, 'family', period_type = '', 'normal', lower(period_type)),
            NOT is_family_share AND period_type NOT IN ('TRIAL', 'PROMOTIONAL')
              AND coalesce(price_usd_micros, price_micros, 1) > 0,
            product_id, product_duration, country_code, offer_type),
            'Tuple(start Int64, told Int64, id String, expires Int64, period String, told_by String,
                   price Int64, usd Int64, unpriced Bool, kind String, paid Bool,
                   product_id String, duration String, country String, offer_type String)'),
          type IN ('INITIAL_PURCHASE', 'RENEWAL') AND purchased > 0 AND expires > 0)) AS periods,
        groupArrayIf(CAST(
            (type, period, at, if(type = 'BILLING_ISSUE', grace, expires), notification_id),
            'Tuple(type String, period String, at Int64, until Int64, told_by String)'),
          type IN ('EXPIRATION', 'BILLING_ISSUE', 'SUBSCRIPTION_EXTENDED')) AS facts,
        groupArrayIf(CAST((transaction_id, refund_id, at), 'Tuple(id String, refund String, at Int64)'),
          type = 'REFUND_REVERSED') AS reversals,
        -- A refund of an amount nobody knows is one of everything.
        arraySort(r -> (r.at, r.refund), arrayFilter(r -> NOT has(reversals.refund, r.refund),
          groupArrayIf(CAST((transaction_id, refund_id, at, ifNull(-price_micros, 1000000000000000000)),
              'Tuple(id String, refund String, at Int64, amount Int64)'),
            type = 'CANCELLATION' AND refund_id != ''))) AS refunds
      FROM (
        SELECT *,
          toUnixTimestamp64Milli(occurred_at) AS at,
          ifNull(toUnixTimestamp64Milli(purchased_at), 0) AS purchased,
          ifNull(toUnixTimestamp64Milli(expires_at), 0) AS expires,
          ifNull(toUnixTimestamp64Milli(grace_expires_at), 0) AS grace
        FROM events FINAL
        WHERE {keys}
      ) AS e
      GROUP BY app_id, environment, sub_key, store, subscription_id
      HAVING notEmpty(periods)
    )
  )
)
-- Compiling costs a fold more than it ever saves it, and finds nothing compiled the next time.
SETTINGS compile_expressions = 0, compile_aggregate_expressions = 0
