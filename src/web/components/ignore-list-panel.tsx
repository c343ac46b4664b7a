/** The dialog with the list of ignored people that a person shared: taken over whole or one by one, each with its undo. */
import type { VNode } from 'preact'
import { useCallback, useEffect, useState } from 'preact/hooks'
import { countOf, PARTICIPLES } from '../../chat/hush.ts'
import { sanitizeLine } from '../../chat/sanitize.ts'
import type { LocalIgnoreList } from '../../chat/wire/local-hush.ts'
import { useChat, useView } from '../app/hooks.ts'
import { person } from '../model/conversations.ts'
import { fullTime } from '../model/times.ts'
import type { Problem } from '../model/problem.ts'
import { Dialog } from './dialog.tsx'
import { ProblemLine } from './problem-line.tsx'

type Listed = LocalIgnoreList['people'][number]

/** Changes who of the list is ignored; all of it without `ids`. */
type Change = (isTaken: boolean, ids?: string[]) => void

export function IgnoreListPanel({ id }: { readonly id: string }): VNode {
  const name = useView(({ local }) => sanitizeLine(person(local, id)?.name ?? id))
  const { list, problem, change } = useIgnoreList(id)
  const people = list?.people ?? []
  const left = people.filter(({ hushed }) => hushed === undefined).length
  const taken = people.filter(({ isTaken }) => isTaken).length
  return (
    <Dialog title={`Ignored by ${name}`}>
      <ProblemLine id="ignore-list-problem" problem={problem} />
      {list !== undefined && (
        <>
          <p class="note">
            {name} shared this list on {fullTime(list.at)}. You decide who is ignored here: what such a person
            says is dropped and not kept.
          </p>
          <ul class="ignore-list">
            {people.map((listed) => (
              <ListedPerson key={listed.id} listed={listed} change={change} />
            ))}
          </ul>
          <div class="buttons">
            {left > 0 && (
              <button
                type="button"
                class="button"
                onClick={() => {
                  change(true)
                }}
              >
                Ignore {left === people.length ? 'all' : `the other ${left}`}
              </button>
            )}
            {taken > 0 && (
              <button
                type="button"
                class="button button-quiet"
                onClick={() => {
                  change(false)
                }}
              >
                Undo: {countOf(taken)}
              </button>
            )}
          </div>
        </>
      )}
    </Dialog>
  )
}

function ListedPerson({ listed, change }: { readonly listed: Listed; readonly change: Change }): VNode {
  const { id, short, hushed, isTaken } = listed
  const name = sanitizeLine(listed.name)
  const label = name === '' ? short : name
  const canChange = hushed === undefined || isTaken
  return (
    <li>
      <span class="ignore-list-person">
        <span class="name" dir="auto">
          {label}
        </span>{' '}
        {name !== '' && <span class="short">{short}</span>}
        {hushed !== undefined && ` ${isTaken ? 'ignored from this list' : PARTICIPLES[hushed]}`}
      </span>
      {canChange && (
        <button
          type="button"
          class="button button-quiet"
          aria-label={`${isTaken ? 'Undo' : 'Ignore'}: ${label}${name === '' ? '' : ` ${short}`}`}
          onClick={() => {
            change(!isTaken, [id])
          }}
        >
          {isTaken ? 'Undo' : 'Ignore'}
        </button>
      )}
    </li>
  )
}

/** The list as it is now: read again when what is hushed changes. */
function useIgnoreList(id: string): {
  readonly list: LocalIgnoreList | undefined
  readonly problem: Problem | undefined
  readonly change: Change
} {
  const chat = useChat()
  const hushed = useView(({ local }) => local?.hushed)
  const [list, setList] = useState<LocalIgnoreList>()
  const [problem, setProblem] = useState<Problem>()
  useEffect(() => {
    let isOpen = true
    void chat
      .tried(async () => {
        const read = await chat.api.ignoreList(id)
        if (isOpen) setList(read)
      })
      .then((failed) => {
        if (isOpen) setProblem(failed)
      })
    return () => {
      isOpen = false
    }
  }, [chat, id, hushed])
  const change = useCallback<Change>(
    (isTaken, ids) => {
      // All means those that are shown: another list may have come meanwhile.
      const meant = ids ?? (isTaken ? list?.people.map((listed) => listed.id) : undefined)
      const request = meant === undefined ? { person: id } : { person: id, ids: meant }
      void chat
        .tried(async () => {
          await (isTaken ? chat.api.takeIgnored(request) : chat.api.undoTaken(request))
          setList(await chat.api.ignoreList(id))
        })
        .then(setProblem)
    },
    [chat, id, list],
  )
  return { list, problem, change }
}
