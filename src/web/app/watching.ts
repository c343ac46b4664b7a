/** Whether the user looks at the end of the open conversation: then new messages are read at once. */
import { useLayoutEffect } from 'preact/hooks'
import { useChat } from './hooks.ts'

export function useWatching(isAtEnd: boolean): void {
  const { store } = useChat()
  // In the step that draws the log: a message that arrives right behind it is read, too.
  useLayoutEffect(() => {
    const look = (): void => {
      const watching = isAtEnd && document.visibilityState === 'visible' && document.hasFocus()
      if (store.view.watching !== watching) store.dispatch({ kind: 'watching', watching })
    }
    look()
    window.addEventListener('focus', look)
    window.addEventListener('blur', look)
    document.addEventListener('visibilitychange', look)
    return () => {
      window.removeEventListener('focus', look)
      window.removeEventListener('blur', look)
      document.removeEventListener('visibilitychange', look)
    }
  }, [isAtEnd, store])
}
