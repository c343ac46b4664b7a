/** The reading position in a log, and what follows from it: which messages are drawn, loaded and scrolled to. */
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { RefObject } from 'preact'
import { firstUnread, indexOfKey } from '../model/log.ts'
import type { Log, Target } from '../model/view.ts'
import { movedDown, movedUp, SHOWN, wanted, windowOf } from '../model/window.ts'
import { useChat } from './hooks.ts'
import { LogScroll } from './log-scroll.ts'
import { useWatching } from './watching.ts'

/** A target row is scrolled to a third of the height. */
const THIRD = 1 / 3
/** Messages drawn below the unread line when there are many. */
const BELOW_LINE = SHOWN - 20

export interface Reader {
  readonly element: RefObject<HTMLDivElement | null>
  /** [from, to) of the messages that are drawn. */
  readonly from: number
  readonly to: number
  readonly isFollowing: boolean
  readonly follow: () => void
  readonly onScroll: () => void
}

export interface Reading {
  /** The log on the screen. */
  readonly log: Log
  /** It is an excerpt from far above the end. */
  readonly isExcerpt: boolean
  /** The number of outgoing messages at the end. */
  readonly written: number
  /** A message to scroll to. */
  readonly target: Target | undefined
}

export function useReader({ log, isExcerpt, written, target }: Reading): Reader {
  const chat = useChat()
  const element = useRef<HTMLDivElement>(null)
  const scroll = useScroll(element)
  /** The key of a row to scroll to as soon as it is drawn. */
  const wantedRow = useRef<string | undefined>(undefined)
  const isPlaced = useRef(false)
  const { messages } = log
  const { held, hold, release } = useHeld(messages)
  const follow = useCallback(() => {
    chat.leaveExcerpt()
    release()
  }, [chat])

  const [from, to] = windowOf(messages.length, held)
  const isFollowing = held === undefined && !isExcerpt

  const fetchAround = (): void => {
    const { above, below } = wanted(scroll().extent)
    if (above && from === 0) void chat.loadShown('older')
    else if (above && !isFollowing) hold(movedUp(messages.length, held) ?? to)
    else if (below && to < messages.length) {
      const next = movedDown(messages.length, held)
      hold(next === 'end' ? messages.length : next)
    } else if (below) void chat.loadShown('newer')
  }

  const fetchSoon = useNextFrame()

  const onScroll = (): void => {
    scroll().remember()
    const isAtEnd = scroll().isAtEnd && to === messages.length && !isExcerpt
    if (isAtEnd) release()
    else if (isFollowing) hold(to - 1)
    fetchAround()
  }

  const keepPlace = (): void => {
    if (isFollowing) scroll().toEnd()
    else scroll().restore()
  }

  useEffect(() => {
    const place = target === undefined ? -1 : indexOfKey(messages, target.key)
    if (place < 0) return
    wantedRow.current = target?.key
    isPlaced.current = true
    hold(place + SHOWN / 2)
  }, [target])

  useEffect(() => {
    if (written > 0) follow()
  }, [written])

  useLayoutEffect(() => {
    if (!isPlaced.current && log.newest === 'loaded') {
      isPlaced.current = true
      const unread = unreadFrom(log)
      if (unread !== undefined) {
        wantedRow.current = 'unread'
        if (messages.length - unread > BELOW_LINE) hold(unread + BELOW_LINE)
      }
    }
    if (wantedRow.current !== undefined && scroll().show(wantedRow.current, THIRD)) {
      scroll().focusRow(wantedRow.current)
      wantedRow.current = undefined
      onScroll()
      return
    }
    keepPlace()
    if (log.newest === 'loaded') fetchSoon(fetchAround)
  })

  useSize(element, keepPlace)
  useWatching(isFollowing && log.newest === 'loaded')
  useScrollToEnd(follow)
  return { element, from, to, isFollowing, follow, onScroll }
}

interface Held {
  /** The index of the last message in the document; undefined while the log follows new messages. */
  readonly held: number | undefined
  readonly hold: (index: number) => void
  readonly release: () => void
}

/** Where the log is held. A key, not an index, is kept: older messages may be loaded above. */
function useHeld(messages: Log['messages']): Held {
  const [key, setKey] = useState<string>()
  const found = key === undefined ? -1 : indexOfKey(messages, key)
  return {
    held: found < 0 ? undefined : found,
    hold: (index) => {
      setKey(messages[Math.min(index, messages.length - 1)]?.key)
    },
    release: () => {
      setKey(undefined)
    },
  }
}

/** Calls `follow` when a command or a button asks for the end of the log. */
function useScrollToEnd(follow: () => void): void {
  const { scrollToEndListeners } = useChat()
  useEffect(() => {
    scrollToEndListeners.add(follow)
    return () => {
      scrollToEndListeners.delete(follow)
    }
  }, [scrollToEndListeners, follow])
}

/** The index of the first unread message; undefined when all are read. */
function unreadFrom(log: Log): number | undefined {
  const index = log.unread === 0 ? -1 : firstUnread(log)
  return index < 0 ? undefined : index
}

/** Created on first use, when the log is in the document. */
function useScroll(element: RefObject<HTMLDivElement | null>): () => LogScroll {
  const made = useRef<LogScroll | undefined>(undefined)
  return () => {
    if (made.current !== undefined) return made.current
    if (element.current === null) throw new Error('the log is not in the document')
    return (made.current = new LogScroll(element.current))
  }
}

/** Calls `onChange` when the size of the log changes: the window is resized, the composer grows. */
function useSize(element: RefObject<HTMLDivElement | null>, onChange: () => void): void {
  const latest = useRef(onChange)
  latest.current = onChange
  useEffect(() => {
    if (element.current === null) return undefined
    const observer = new ResizeObserver(() => {
      latest.current()
    })
    observer.observe(element.current)
    return () => {
      observer.disconnect()
    }
  }, [])
}

/** Runs the last requested work once per frame, so that each step of a long scroll is its own task. */
function useNextFrame(): (work: () => void) => void {
  const latest = useRef<(() => void) | undefined>(undefined)
  useEffect(
    () => () => {
      latest.current = undefined
    },
    [],
  )
  return (work) => {
    const isScheduled = latest.current !== undefined
    latest.current = work
    if (isScheduled) return
    requestAnimationFrame(() => {
      const wanted = latest.current
      latest.current = undefined
      wanted?.()
    })
  }
}
