/** Which browser is taken, for every kind of machine. */
import { expect, test } from 'vitest'
import { chooseBrowser, type Choice } from '../../scripts/web/choose-browser.ts'

const GLIBC = '/lib64/ld-linux-x86-64.so.2'
const UNIX = { PATH: '/usr/local/bin:/usr/bin', HOME: '/Users/kim' }
const WINDOWS = {
  ProgramFiles: 'C:\\Program Files',
  'ProgramFiles(x86)': 'C:\\Program Files (x86)',
  LOCALAPPDATA: 'C:\\Users\\kim\\AppData\\Local',
}
const CHROME = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
const EDGE = 'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe'

const packaged: Choice = { kind: 'packaged' }
const installed = (path: string): Choice => ({ kind: 'installed', path })
const none = (machine: string): Choice => ({
  kind: 'none',
  reason: `no browser for ${machine}: install Chromium, Chrome or Edge, or set PARLEY_TEST_BROWSER to the path of one`,
})
const wrong = (path: string): Choice => ({
  kind: 'wrong',
  reason: `PARLEY_TEST_BROWSER is ${path}, and there is no such file: it must be the path of Chromium, Chrome or Edge`,
})

test.each<
  [name: string, machine: string, env: Record<string, string | undefined>, files: string[], choice: Choice]
>([
  ['Linux x64', 'linux x64', UNIX, [GLIBC], packaged],
  ['Linux x64 with a browser installed', 'linux x64', UNIX, [GLIBC, '/usr/bin/chromium'], packaged],
  [
    'Linux x64 without the GNU C library',
    'linux x64',
    UNIX,
    ['/usr/bin/chromium'],
    installed('/usr/bin/chromium'),
  ],
  ['Linux x64 without the GNU C library, nothing installed', 'linux x64', UNIX, [], none('linux x64')],
  ['Linux arm64', 'linux arm64', UNIX, ['/usr/bin/chromium'], installed('/usr/bin/chromium')],
  [
    'Linux arm64, the names of Debian, Ubuntu and Chrome',
    'linux arm64',
    UNIX,
    ['/usr/bin/google-chrome', '/usr/bin/chromium-browser'],
    installed('/usr/bin/chromium-browser'),
  ],
  [
    'Linux arm64, Edge',
    'linux arm64',
    UNIX,
    ['/usr/bin/microsoft-edge'],
    installed('/usr/bin/microsoft-edge'),
  ],
  [
    'Linux arm64, the first folder of PATH',
    'linux arm64',
    UNIX,
    ['/usr/bin/chromium', '/usr/local/bin/chromium'],
    installed('/usr/local/bin/chromium'),
  ],
  [
    'Linux arm64, a file of the folder that we are in',
    'linux arm64',
    { PATH: '::.:bin' },
    ['chromium', 'bin/chromium'],
    none('linux arm64'),
  ],
  ['Linux arm64 without PATH', 'linux arm64', {}, ['/usr/bin/chromium'], none('linux arm64')],
  ['macOS', 'darwin arm64', UNIX, [CHROME], installed(CHROME)],
  [
    'macOS, installed for one user',
    'darwin x64',
    UNIX,
    [`/Users/kim${CHROME}`],
    installed(`/Users/kim${CHROME}`),
  ],
  ['macOS, nothing installed', 'darwin arm64', UNIX, ['/usr/bin/chromium'], none('darwin arm64')],
  ['Windows', 'win32 x64', WINDOWS, [EDGE], installed(EDGE)],
  [
    'Windows, Chrome before Edge',
    'win32 x64',
    WINDOWS,
    [EDGE, 'C:\\Users\\kim\\AppData\\Local\\Google\\Chrome\\Application\\chrome.exe'],
    installed('C:\\Users\\kim\\AppData\\Local\\Google\\Chrome\\Application\\chrome.exe'),
  ],
  ['Windows without variables', 'win32 arm64', {}, [EDGE], none('win32 arm64')],
  ['FreeBSD', 'freebsd x64', UNIX, ['/usr/local/bin/chromium'], installed('/usr/local/bin/chromium')],
  [
    'the variable goes before the package',
    'linux x64',
    { ...UNIX, PARLEY_TEST_BROWSER: '/opt/b' },
    [GLIBC, '/opt/b'],
    installed('/opt/b'),
  ],
  [
    'the variable goes before what is installed',
    'darwin arm64',
    { ...UNIX, PARLEY_TEST_BROWSER: '/opt/b' },
    [CHROME, '/opt/b'],
    installed('/opt/b'),
  ],
  ['an empty variable is none', 'linux x64', { ...UNIX, PARLEY_TEST_BROWSER: '' }, [GLIBC], packaged],
  [
    'the variable names nothing',
    'linux x64',
    { ...UNIX, PARLEY_TEST_BROWSER: '/opt/b' },
    [GLIBC],
    wrong('/opt/b'),
  ],
  [
    'the variable names nothing, where there is no browser',
    'linux arm64',
    { PARLEY_TEST_BROWSER: 'b' },
    [],
    wrong('b'),
  ],
])('%s', (_name, machine, env, files, choice) => {
  const [platform = '', arch = ''] = machine.split(' ')
  expect(chooseBrowser({ platform, arch, env, isFile: (path) => files.includes(path) })).toEqual(choice)
})
