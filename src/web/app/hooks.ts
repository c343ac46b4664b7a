/** The access of components to the chat, the view and the settings. */
import { createContext } from 'preact'
import { useContext, useEffect, useLayoutEffect, useReducer, useState } from 'preact/hooks'
import type { Settings } from '../model/saved.ts'
import type { View } from '../model/view.ts'
import type { Chat } from './chat.ts'
import type { SettingsKeep } from './settings.ts'

export interface Surroundings {
  readonly chat: Chat
  readonly settings: SettingsKeep
}

export const SurroundingsContext = createContext<Surroundings | undefined>(undefined)

function useSurroundings(): Surroundings {
  const surroundings = useContext(SurroundingsContext)
  if (surroundings === undefined) throw new Error('this component stands outside of SurroundingsContext')
  return surroundings
}

export function useChat(): Chat {
  return useSurroundings().chat
}

/** A part of the view. The component renders again when the value is another one than before. */
export function useView<Part>(select: (view: View) => Part): Part {
  const { store } = useChat()
  const [, drawAgain] = useReducer((count: number) => count + 1, 0)
  const part = select(store.view)
  useLayoutEffect(() => {
    const look = (): void => {
      if (!Object.is(select(store.view), part)) drawAgain(undefined)
    }
    look()
    return store.subscribe(look)
  })
  return part
}

export function useSettings(): readonly [Settings, SettingsKeep] {
  const { settings } = useSurroundings()
  const [current, setCurrent] = useState(settings.current)
  useEffect(
    () =>
      settings.subscribe(() => {
        setCurrent(settings.current)
      }),
    [settings],
  )
  return [current, settings]
}

/** The address of a picture; undefined until it is loaded. */
export function usePicture(hash: string | undefined): string | undefined {
  const { pictures } = useChat()
  const [shown, setShown] = useState<{ readonly hash: string; readonly address: string }>()
  useEffect(() => {
    if (hash === undefined) return undefined
    let isWanted = true
    void pictures.address(hash).then((address) => {
      if (isWanted && address !== undefined) setShown({ hash, address })
    })
    return () => {
      isWanted = false
    }
  }, [hash, pictures])
  return shown?.hash === hash ? shown?.address : undefined
}
