/** The settings dialog: colours, sound, notifications. */
import type { VNode } from 'preact'
import { useId, useState } from 'preact/hooks'
import { canNotify } from '../app/attention.ts'
import { useChat, useSettings, useView } from '../app/hooks.ts'
import { playSound } from '../app/sound.ts'
import type { Problem } from '../model/problem.ts'
import type { Settings } from '../model/saved.ts'
import { Dialog } from './dialog.tsx'
import { HushedList } from './hushed-list.tsx'
import { ProblemLine } from './problem-line.tsx'

const THEMES: readonly (readonly [theme: Settings['theme'], words: string])[] = [
  ['system', 'as the system'],
  ['light', 'light'],
  ['dark', 'dark'],
]

const NOT_ALLOWED =
  'This browser does not allow notifications of this page. Allow them in the settings of the browser.'

export function SettingsPanel(): VNode {
  const chat = useChat()
  const [{ theme, sound }, settings] = useSettings()
  const version = useView(({ local }) => local?.version)
  return (
    <Dialog title="Settings">
      <fieldset class="choices">
        <legend>Colours</legend>
        {THEMES.map(([value, words]) => (
          <label key={value} class="choice">
            <input
              type="radio"
              name="theme"
              checked={theme === value}
              onInput={() => {
                settings.change({ theme: value })
              }}
            />
            {words}
          </label>
        ))}
      </fieldset>
      <fieldset class="choices">
        <legend>When a message is for you</legend>
        <label class="choice">
          <input
            type="checkbox"
            checked={sound}
            onInput={({ currentTarget }) => {
              settings.change({ sound: currentTarget.checked })
              if (currentTarget.checked) playSound()
            }}
          />
          a soft sound
        </label>
        <NotificationChoice />
      </fieldset>
      <HushedList />
      <p>
        <button
          type="button"
          class="button button-quiet"
          onClick={() => {
            chat.panel({ kind: 'keys' })
          }}
        >
          Keys and commands
        </button>
      </p>
      <p class="note">Parley {version}</p>
    </Dialog>
  )
}

/** Browsers allow notifications only in a secure context: on this machine itself, or over HTTPS. */
function NotificationChoice(): VNode {
  const [{ notifications }, settings] = useSettings()
  const id = useId()
  const [problem, setProblem] = useState<Problem>()
  if (!canNotify())
    return (
      <p class="note">
        Notifications are not available: the page was not opened on the machine of its Parley.
      </p>
    )
  const choose = async (isWanted: boolean): Promise<void> => {
    const isAllowed = isWanted && (await Notification.requestPermission()) === 'granted'
    settings.change({ notifications: isAllowed })
    setProblem(isWanted && !isAllowed ? { text: NOT_ALLOWED, field: 'notifications' } : undefined)
  }
  return (
    <>
      <label class="choice">
        <input
          type="checkbox"
          checked={notifications}
          aria-invalid={problem !== undefined}
          aria-describedby={id}
          onInput={({ currentTarget }) => void choose(currentTarget.checked)}
        />
        a notification, when the page is not in front
      </label>
      <ProblemLine id={id} problem={problem} />
    </>
  )
}
