/** Times as people read them. */

/** `11:58` */
export function clockTime(at: number): string {
  const time = new Date(at)
  return `${two(time.getHours())}:${two(time.getMinutes())}`
}

/** `Saturday, 14 March 2026`; "Today" and "Yesterday" with it. */
export function dayWords(at: number, now: number, language?: string): string {
  const full = new Intl.DateTimeFormat(language, { dateStyle: 'full' }).format(at)
  const near = nearDay(at, now)
  return near === undefined ? full : `${near}, ${full}`
}

/** `Today, 11:58`; `14 Mar 2026, 11:58`. */
export function shortTime(at: number, now: number, language?: string): string {
  return `${nearDay(at, now) ?? new Intl.DateTimeFormat(language, { dateStyle: 'medium' }).format(at)}, ${clockTime(at)}`
}

/** With date and seconds. */
export function fullTime(at: number, language?: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'medium' }).format(at)
}

/** For `<time datetime>`; undefined for a time beyond the calendar. */
export function machineTime(at: number): string | undefined {
  const time = new Date(at)
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString()
}

function nearDay(at: number, now: number): 'Today' | 'Yesterday' | undefined {
  const days = Math.round((startOfDay(now) - startOfDay(at)) / 86_400_000)
  if (days === 0) return 'Today'
  return days === 1 ? 'Yesterday' : undefined
}

function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0)
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}
