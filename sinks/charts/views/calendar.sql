-- Not a chart: the words that every chart is written in. ClickHouse writes their bodies into the
-- views when these are made, so a query needs no function of ours. `unit` is a resolution: day,
-- week, month, quarter or year. Names sort before the charts', which are made after them.

-- The first day of the calendar period of a day; weeks begin on Sunday.
CREATE OR REPLACE FUNCTION calendar_first AS (day, unit) -> multiIf(
  unit = 'week', toStartOfWeek(day, 0),
  unit = 'month', toStartOfMonth(day),
  unit = 'quarter', toStartOfQuarter(day),
  unit = 'year', toStartOfYear(day),
  toDate(day));

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

-- How many calendar periods are asked for and have begun.
CREATE OR REPLACE FUNCTION calendar_count AS (first, last, at, unit) ->
  toUInt32(greatest(calendar_number(first, least(last, toDate(at)), unit) + 1, 0));

-- True, or an error that names the parameter.
CREATE OR REPLACE FUNCTION chart_asked AS (unit, segment) ->
  NOT throwIf(unit NOT IN ('day', 'week', 'month', 'quarter', 'year'),
    'resolution: use day, week, month, quarter or year')
  AND NOT throwIf(segment NOT IN ('', 'store', 'app', 'country', 'product', 'duration', 'offer_type'),
    'segment: leave it empty or use store, app, country, product, duration or offer_type');

-- Of each period, what it is split by; empty where that is not told, or the same for all of them.
CREATE OR REPLACE FUNCTION dimensions_of AS (segment, countries, products, durations, offer_types) -> multiIf(
  segment = 'country', countries,
  segment = 'product', products,
  segment = 'duration', durations,
  segment = 'offer_type', offer_types,
  arrayMap(p -> toLowCardinality(''), countries));

-- The segment's name.
CREATE OR REPLACE FUNCTION segment_of AS (segment, store, app, dimension) -> multiIf(
  segment = 'store', store,
  segment = 'app', app,
  segment = '' OR dimension != '', dimension,
  segment = 'offer_type', 'none',
  'unknown');

CREATE OR REPLACE FUNCTION usd_of AS (micros) -> toDecimal128(micros, 6) / 1000000;
