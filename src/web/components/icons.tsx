/** Icons. All are decoration: the meaning is in the text beside them or in the name of the button. */
import type { VNode } from 'preact'

const PATHS = {
  menu: 'M4 7h16M4 12h16M4 17h16',
  people:
    'M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2.500 20c0-3.600 2.900-6 6.500-6s6.500 2.400 6.500 6M16 4.500a3.500 3.500 0 0 1 0 6.500M18 14.500c2.200.8 3.500 2.800 3.500 5.500',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM20 20l-4-4',
  settings: 'M4 7h10M18 7h2M16 5v4M4 17h2M10 17h10M8 15v4',
  send: 'M4 12l16-8-6 16-3-7-7-1z',
  add: 'M12 5v14M5 12h14',
  close: 'M6 6l12 12M18 6L6 18',
  lock: 'M6 11h12v9H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3',
  down: 'M12 5v14M6 13l6 6 6-6',
  leave: 'M10 4H5v16h5M14 8l4 4-4 4M18 12H9',
  keyboard: 'M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M7 14h10',
} as const

export function Icon({ name }: { readonly name: keyof typeof PATHS }): VNode {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  )
}

/** Before the title of a closed channel. */
export function Lock(): VNode {
  return (
    <>
      <Icon name="lock" />
      <span class="only-heard">closed channel </span>
    </>
  )
}
