"""Folds subscriptions from their events, one row each, every time from the beginning. Pure.

The one definition: what is written live and what a rebuild makes come from here. It uses only what
neither order of arrival nor repetition can change: the latest telling of each event, the largest of
several values, what is sorted by its own time. Times are unix milliseconds, 0: none. A place is that
of a period among its subscription's, from 1, 0: none. Read `subscription.py` first, it names the parts.
Values are Structs without `gc`: tens of thousands are made for a batch, none in a circle, so nobody
needs to look for one (a fold takes a tenth to a fifth less than with named tuples).

Definitions
* A period is one transaction of a subscription: it starts at purchased_at and ends at the earliest of:
  the next one's start; when all of its price had gone back; when the store ended it (EXPIRATION, unless
  a REFUND_REVERSED followed); its expiry, or the end of its grace if later. A one-time purchase is a
  period without a length.
* Patience: while auto-renew is on and nobody has said what follows, an expiry does not count for
  24 hours. A renewal that comes within them starts where the old period ends: no gap. Neither is there
  one between two periods of the same day.
* A cancellation ends nothing, a product change moves nothing: both act through the next event.
* EXPIRATION, BILLING_ISSUE, SUBSCRIPTION_EXTENDED and what switches auto-renew are about the period
  that they name. When no payment of that one is known they are about the one that holds their time.
  Their transaction id is not asked: before a late RENEWAL it is that of an earlier period.
* A charge that failed for a period never paid, with no end of grace said (Stripe's past_due), keeps the
  last paid period active until an EXPIRATION or the payment.
* Paid: neither a trial, a promotional grant nor family sharing, and the price is not 0. A paid period
  without a price in USD counts, worth nothing, as unpriced.
* A month's price: price x factor of the product's duration; of the days from start to expiry for an
  intro offer and where the duration is not known.
* The start of a paid period with a length moves MRR: new is the first one, reactivation one after a
  gap, else it continues the one before: fx when product, kind and local price are the same.
* Retention counts standard payments (not intro, not wholly refunded) from the first of a product on, by
  the time that has passed, in lengths of the product; each length once.
"""
