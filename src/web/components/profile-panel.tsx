/** The dialog for the own profile: name, status, picture. */
import type { VNode } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import type { LocalSelf } from '../../chat/wire/local-api.ts'
import { useChat, useView } from '../app/hooks.ts'
import { smallPicture } from '../app/picture-file.ts'
import type { Problem } from '../model/problem.ts'
import { nameProblem, statusProblem } from '../model/profile-fields.ts'
import { Avatar } from './avatar.tsx'
import { Dialog } from './dialog.tsx'
import { ProblemLine } from './problem-line.tsx'
import { TextField } from './text-field.tsx'

export function ProfilePanel(): VNode {
  const self = useView(({ local }) => local?.self)
  return <Dialog title="Your profile">{self !== undefined && <ProfileForm self={self} />}</Dialog>
}

function ProfileForm({ self }: { readonly self: LocalSelf }): VNode {
  const chat = useChat()
  const network = useView(({ local }) => local?.network)
  const [name, setName] = useState(self.name)
  const [status, setStatus] = useState(self.status)
  const [problem, setProblem] = useState<Problem>()
  const at = (field: string): Problem | undefined => (problem?.field === field ? problem : undefined)
  const isAtField = (at('name') ?? at('status')) !== undefined
  const save = async (): Promise<void> => {
    const found =
      wrongField('name', nameProblem(name)) ??
      wrongField('status', statusProblem(status)) ??
      (await chat.tried(async () => {
        await chat.api.setProfile({ name, status })
      }))
    if (found === undefined) chat.closePanel()
    else setProblem({ ...found })
  }
  return (
    <form
      class="form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <PictureField self={self} />
      <TextField label="Name" autoComplete="nickname" value={name} onWrite={setName} problem={at('name')} />
      <TextField
        label="Status"
        placeholder="in the lab"
        value={status}
        onWrite={setStatus}
        problem={at('status')}
      />
      <p class="note">Your address: {self.address ?? self.id}</p>
      {network !== undefined && (
        <p class="note">Your network: {network}. Programs without its key are kept out.</p>
      )}
      <ProblemLine problem={isAtField ? undefined : problem} />
      <button type="submit" class="button">
        Save
      </button>
    </form>
  )
}

function wrongField(field: string, text: string | undefined): Problem | undefined {
  return text === undefined ? undefined : { text, field }
}

function PictureField({ self }: { readonly self: LocalSelf }): VNode {
  const chat = useChat()
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const [words, setWords] = useState('PNG, JPEG, GIF or WebP; it is made small here, before it is sent.')
  const [problem, setProblem] = useState<Problem>()
  useEffect(() => {
    if (problem !== undefined) input.current?.focus()
  }, [problem])
  const change = async (picture: () => Promise<string>, done: string): Promise<void> => {
    const found = await chat.tried(async () => {
      await chat.api.setProfile({ picture: await picture() })
    })
    setProblem(found)
    setWords(found === undefined ? done : 'Your picture is as it was.')
  }
  const choose = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return
    setWords('Making it small…')
    await change(() => smallPicture(file), 'Your picture is changed.')
  }
  return (
    <div class="picture-field">
      <Avatar id={self.id} name={self.name} picture={self.picture} size="large" />
      <div class="labelled">
        <label class="label" for={id}>
          Picture
        </label>
        <input
          ref={input}
          id={id}
          type="file"
          accept="image/png,image/jpeg,image/gif,image/webp"
          aria-invalid={problem !== undefined}
          aria-describedby={`${id}-problem ${id}-note`}
          onChange={({ currentTarget }) => void choose(currentTarget.files?.[0])}
        />
        <ProblemLine id={`${id}-problem`} problem={problem} />
        <p class="note" id={`${id}-note`} role="status">
          {words}
        </p>
      </div>
      {self.picture !== undefined && (
        <button
          type="button"
          class="button button-quiet"
          onClick={() => void change(() => Promise.resolve(''), 'Your picture is removed.')}
        >
          Remove picture
        </button>
      )}
    </div>
  )
}
