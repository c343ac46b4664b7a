/** Chooses the browser for tests, screenshots and benchmarks. */
import { posix, win32 } from 'node:path'

export interface Machine {
  /** As process.platform and process.arch. */
  readonly platform: string
  readonly arch: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether there is a file at this path. */
  readonly isFile: (path: string) => boolean
}

export type Choice =
  /** The Chromium of the package @sparticuz/chromium. */
  | { readonly kind: 'packaged' }
  | { readonly kind: 'installed'; readonly path: string }
  /** There is no browser; the sentence says what to do. */
  | { readonly kind: 'none'; readonly reason: string }
  /** PARLEY_TEST_BROWSER is wrong; the sentence says what to do. */
  | { readonly kind: 'wrong'; readonly reason: string }

/** The variable that names a browser. */
export const VARIABLE = 'PARLEY_TEST_BROWSER'

/** The loader of the GNU C library, which the packaged browser needs. */
const LOADER = '/lib64/ld-linux-x86-64.so.2'

export function chooseBrowser(machine: Machine): Choice {
  const { platform, arch, env, isFile } = machine
  const wanted = env[VARIABLE]
  if (wanted !== undefined && wanted !== '') {
    if (isFile(wanted)) return { kind: 'installed', path: wanted }
    const reason = `${VARIABLE} is ${wanted}, and there is no such file: it must be the path of Chromium, Chrome or Edge`
    return { kind: 'wrong', reason }
  }
  if (platform === 'linux' && arch === 'x64' && isFile(LOADER)) return { kind: 'packaged' }
  const path = placesOf(machine).find(isFile)
  if (path !== undefined) return { kind: 'installed', path }
  const reason = `no browser for ${platform} ${arch}: install Chromium, Chrome or Edge, or set ${VARIABLE} to the path of one`
  return { kind: 'none', reason }
}

/** Where browsers are installed, in order of preference. */
function placesOf({ platform, env }: Machine): string[] {
  switch (platform) {
    case 'win32': {
      const roots = given(env, ['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA'])
      return WINDOWS.flatMap((program) => roots.map((root) => win32.join(root, program)))
    }
    case 'darwin': {
      const roots = ['/', ...given(env, ['HOME'])]
      return MACOS.flatMap((program) => roots.map((root) => posix.join(root, 'Applications', program)))
    }
    default: {
      const folders = (env['PATH'] ?? '').split(':').filter((folder) => posix.isAbsolute(folder))
      return COMMANDS.flatMap((command) => folders.map((folder) => posix.join(folder, command)))
    }
  }
}

const COMMANDS = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'microsoft-edge',
  'microsoft-edge-stable',
]

const MACOS = [
  'Google Chrome.app/Contents/MacOS/Google Chrome',
  'Chromium.app/Contents/MacOS/Chromium',
  'Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
]

const WINDOWS = [
  'Google\\Chrome\\Application\\chrome.exe',
  'Chromium\\Application\\chrome.exe',
  'Microsoft\\Edge\\Application\\msedge.exe',
]

function given(env: Machine['env'], names: readonly string[]): string[] {
  return names.flatMap((name) => env[name] ?? []).filter((value) => value !== '')
}
