-- Not a chart: the words that every chart is written in. ClickHouse writes their bodies into the
-- views when these are made, so a query needs no function of ours. `unit` is a resolution: day,
-- week, month, quarter or year. Names sort before the charts', which are made after them.
-- What a parameter chooses is an `if` in an `if`: of a multiIf ClickHouse reads every branch's columns,
-- also of those that are never taken, and of an `if` directly in an `if` too.

-- The first day of the calendar period of a day; weeks begin on Sunday.
CREATE OR REPLACE FUNCTION calendar_first AS (day, unit) ->
  if(unit = 'day', toDate(day), toDate(
  if(unit = 'week', toStartOfWeek(day, 0), toDate(
  if(unit = 'month', toStartOfMonth(day), toDate(
  if(unit = 'quarter', toStartOfQuarter(day), toStartOfYear(day))))))));

-- Which calendar period a day is in, that of `first` being 0.
CREATE OR REPLACE FUNCTION calendar_number AS (first, day, unit) -> if(
  unit IN ('day', 'week'),
  intDiv(dateDiff('day', first, day), if(unit = 'week', 7, 1)),
  intDiv(dateDiff('month', first, day), multiIf(unit = 'year', 12, unit = 'quarter', 3, 1)));

-- The first day of the calendar period with that number.
CREATE OR REPLACE FUNCTION calendar_start AS (first, number, unit) -> if(
  unit IN ('day', 'week'),
  first + if(unit = 'week', 7, 1) * number,
  addMonths(first, multiIf(unit = 'year', 12, unit = 'quarter', 3, 1) * number));

-- How many calendar periods are asked for and have begun. (Of a day before `first` the number may be 0 too.)
CREATE OR REPLACE FUNCTION calendar_count AS (first, last, at, unit) ->
  toUInt32(if(least(last, toDate(at)) < first, 0, calendar_number(first, least(last, toDate(at)), unit) + 1));

-- True, or an error that names the parameter.
CREATE OR REPLACE FUNCTION chart_asked AS (unit, segment) ->
  NOT throwIf(unit NOT IN ('day', 'week', 'month', 'quarter', 'year'),
    'resolution: use day, week, month, quarter or year')
  AND NOT throwIf(segment NOT IN ('', 'store', 'app', 'country', 'product', 'duration', 'offer_type'),
    'segment: leave it empty or use store, app, country, product, duration or offer_type');

-- Of each period, what it is split by; empty where that is not told, or is its subscription's. `periods`:
-- any array that has one element a period.
CREATE OR REPLACE FUNCTION dimensions_of AS (segment, countries, products, durations, offer_types, periods) ->
  if(segment = 'country', countries, identity(
  if(segment = 'product', products, identity(
  if(segment = 'duration', durations, identity(
  if(segment = 'offer_type', offer_types, arrayMap(p -> toLowCardinality(''), periods))))))));

-- What a period counts under; `dimension` is its own.
CREATE OR REPLACE FUNCTION dimension_of AS (segment, store, app, dimension) ->
  if(segment = '', toLowCardinality(''), identity(
  if(segment = 'store', store, identity(
  if(segment = 'app', app, dimension)))));

-- What is summed by segment is grouped by this number, many times faster than by names, and every group
-- is one of these.
CREATE OR REPLACE FUNCTION group_key_of AS (segment, split) -> if(segment = '', toUInt64(0), cityHash64(split));
CREATE OR REPLACE FUNCTION group_split_of AS (segment, split) -> if(segment = '', toLowCardinality(''), any(split));

-- The segment's name.
CREATE OR REPLACE FUNCTION segment_named AS (segment, dimension) ->
  if(segment IN ('', 'store', 'app'), toString(dimension),
  if(dimension != '', toString(dimension), if(segment = 'offer_type', 'none', 'unknown')));

CREATE OR REPLACE FUNCTION segment_of AS (segment, store, app, dimension) ->
  segment_named(segment, dimension_of(segment, store, app, dimension));

-- A row's number in its table: the later it was inserted, the greater. A part is called all_<first
-- insert>_<last insert>_<level>, and no two parts hold one insert.
CREATE OR REPLACE FUNCTION row_number_of AS (part, place) ->
  bitShiftLeft(toUInt64(extract(part, '_([0-9]+)_')), 32) + place;

-- What the first of several payments is the least of: one number is compared many times faster than a pair.
-- And its moment again.
CREATE OR REPLACE FUNCTION payment_order_of AS (moment, sub_key) ->
  bitShiftLeft(toUInt128(toUnixTimestamp(moment)), 64) + sub_key;
CREATE OR REPLACE FUNCTION moment_of AS (payment_order) -> toDateTime(toUInt32(bitShiftRight(payment_order, 64)), 'UTC');

CREATE OR REPLACE FUNCTION usd_of AS (micros) -> toDecimal128(micros, 6) / 1000000;

-- What changes of a part's rows are grouped by, beside their days: the app and the store, and the dimension
-- that is asked for. (A hash, for it is compared many times faster than names.)
CREATE OR REPLACE FUNCTION owner_key_of AS (app, store) -> cityHash64(app, store);
CREATE OR REPLACE FUNCTION owned_key_of AS (segment, owner, dimension) ->
  if(segment IN ('', 'store', 'app'), owner, cityHash64(owner, dimension));

-- Until when what counts is looked for: now, for a chart; for sums of a part as long as they are good.
CREATE OR REPLACE FUNCTION counted_until AS (part, at) -> at + if(part = '', 0, 172800);

-- From when on it counts; 1970 where it does already.
CREATE OR REPLACE FUNCTION counted_from AS (moment, at) -> if(moment <= at, toDateTime(0, 'UTC'), moment);

-- Of one payment, what it can be split by, as one text, which is carried along more cheaply than six; and apart again.
CREATE OR REPLACE FUNCTION told_as AS (app, store, countries, products, durations, offer_types, place) -> arrayStringConcat([
  toString(app), toString(store), toString(countries[place]), toString(products[place]), toString(durations[place]),
  toString(offer_types[place])], '\0');
CREATE OR REPLACE FUNCTION told_apart AS (told) -> CAST(splitByChar('\0', told), 'Array(LowCardinality(String))');

-- Which of them is asked for.
CREATE OR REPLACE FUNCTION told_by AS (segment, by) -> if(segment = '', toLowCardinality(''),
  by[indexOf(['app', 'store', 'country', 'product', 'duration', 'offer_type'], segment)]);
