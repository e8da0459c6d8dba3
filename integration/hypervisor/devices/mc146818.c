/* SPDX-License-Identifier: Apache-2.0 */
#include "mc146818.h"

enum rtc_register {
	RTC_SECONDS = 0x00,
	RTC_MINUTES = 0x02,
	RTC_HOURS = 0x04,
	RTC_WEEKDAY = 0x06,
	RTC_DAY = 0x07,
	RTC_MONTH = 0x08,
	RTC_YEAR = 0x09,
	RTC_A = 0x0a,
	RTC_B = 0x0b,
	RTC_C = 0x0c,
	RTC_D = 0x0d,
	/** By convention of PCs. */
	RTC_CENTURY = 0x32,
};
#define RTC_A_UIP 0x80u
#define RTC_A_DIVIDER_ON 0x26u
#define RTC_B_24_HOURS 0x02u
#define RTC_B_BINARY 0x04u
/** Of the hours from noon on, where there are twelve of them. */
#define HOURS_PM 0x80u
#define RTC_D_VALID 0x80u
#define INDEX 0x7fu
/** 2020-01-01 was a Wednesday; Sunday is 1. */
#define FIRST_WEEKDAY 3u
#define FIRST_YEAR 2020u
/** The calendar repeats itself. */
#define ERA_YEARS 400u
#define ERA_DAYS 146097u

void mc146818_init(struct mc146818 *rtc)
{
	*rtc = (struct mc146818){ 0 };
	rtc->memory[RTC_A] = RTC_A_DIVIDER_ON;
	rtc->memory[RTC_B] = RTC_B_24_HOURS;
	rtc->memory[RTC_D] = RTC_D_VALID;
}

/** Binary, or two decimal digits, as register B says. */
static uint8_t encode(const struct mc146818 *rtc, uint64_t value)
{
	return (uint8_t)((rtc->memory[RTC_B] & RTC_B_BINARY) != 0 ?
				 value :
				 value / 10u % 10u << 4 | value % 10u);
}

static uint8_t read_hours(const struct mc146818 *rtc, uint64_t hours)
{
	if ((rtc->memory[RTC_B] & RTC_B_24_HOURS) != 0) {
		return encode(rtc, hours);
	}
	return (uint8_t)(encode(rtc, (hours + 11u) % 12u + 1u) | (hours >= 12u ? HOURS_PM : 0u));
}

static uint64_t days_of_year(uint64_t year)
{
	return year % 4u == 0 && (year % 100u != 0 || year % 400u == 0) ? 366u : 365u;
}

static uint64_t days_of_month(uint64_t year, uint32_t month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month] + (month == 1u ? days_of_year(year) - 365u : 0u);
}

static uint8_t read_date(const struct mc146818 *rtc, uint64_t days)
{
	uint64_t year = FIRST_YEAR + days / ERA_DAYS * ERA_YEARS;
	uint32_t month = 0;

	if (rtc->index == RTC_WEEKDAY) {
		return (uint8_t)((FIRST_WEEKDAY + days) % 7u + 1u);
	}
	days %= ERA_DAYS;
	for (; days >= days_of_year(year); year++) {
		days -= days_of_year(year);
	}
	for (; days >= days_of_month(year, month); month++) {
		days -= days_of_month(year, month);
	}
	switch (rtc->index) {
	case RTC_DAY:
		return encode(rtc, days + 1u);
	case RTC_MONTH:
		return encode(rtc, month + 1u);
	case RTC_YEAR:
		return encode(rtc, year % 100u);
	default:
		return encode(rtc, year / 100u % 100u);
	}
}

uint8_t mc146818_read(const struct mc146818 *rtc, uint32_t port, uint64_t seconds)
{
	if (port == 0) {
		return 0xff; /* the index cannot be read */
	}
	switch (rtc->index) {
	case RTC_SECONDS:
		return encode(rtc, seconds % 60u);
	case RTC_MINUTES:
		return encode(rtc, seconds / 60u % 60u);
	case RTC_HOURS:
		return read_hours(rtc, seconds / 3600u % 24u);
	case RTC_WEEKDAY:
	case RTC_DAY:
	case RTC_MONTH:
	case RTC_YEAR:
	case RTC_CENTURY:
		return read_date(rtc, seconds / 86400u);
	case RTC_A:
		return (uint8_t)(rtc->memory[RTC_A] & ~RTC_A_UIP);
	case RTC_C:
		return 0; /* no interrupt */
	default:
		return rtc->memory[rtc->index];
	}
}

void mc146818_write(struct mc146818 *rtc, uint32_t port, uint8_t value)
{
	if (port == 0) {
		rtc->index = (uint8_t)(value & INDEX);
	} else if (rtc->index != RTC_C && rtc->index != RTC_D) {
		rtc->memory[rtc->index] = value;
	}
}
