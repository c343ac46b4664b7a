/**
 * How a command is run and ended on each platform. No shell ever reads what was said as part of a command: on Windows that
 * rules out cmd.exe, which puts the values of variables into the line before it looks for `&`, `|` and `>`. Pure.
 */
import { win32 } from 'node:path'

export interface Call {
  readonly file: string
  readonly args: readonly string[]
}

export interface ShellCall extends Call {
  readonly options: {
    readonly shell: boolean
    readonly detached: boolean
    readonly windowsHide: boolean
  }
}

type Environment = Readonly<Record<string, string | undefined>>

/** Programs print and read UTF-8, not the code page of the console. Without a console there is nothing to set. */
const UTF8 =
  'try { $OutputEncoding = [Console]::InputEncoding = [Console]::OutputEncoding = New-Object Text.UTF8Encoding $false } catch { }'

/** The shell that runs a command: PowerShell on Windows, /bin/sh elsewhere. */
export function shellCall(command: string, platform: NodeJS.Platform, environment: Environment): ShellCall {
  // A group of its own, so that all of it can be ended.
  if (platform !== 'win32')
    return { file: command, args: [], options: { shell: true, detached: true, windowsHide: false } }
  return {
    file: inSystem('WindowsPowerShell\\v1.0\\powershell.exe', environment),
    args: ['-NoProfile', '-NonInteractive', '-Command', `${UTF8}\n${command}`],
    // Detached it would have a console window of its own for each message.
    options: { shell: false, detached: false, windowsHide: true },
  }
}

/** What ends a process with all that it has started, where there are no process groups. */
export function taskkillCall(pid: number, environment: Environment): Call {
  return { file: inSystem('taskkill.exe', environment), args: ['/PID', String(pid), '/T', '/F'] }
}

/** By its whole path: a program of the same name in the working directory would come first. */
function inSystem(name: string, environment: Environment): string {
  const root = environment['SystemRoot'] ?? ''
  return win32.join(root === '' ? 'C:\\Windows' : root, 'System32', name)
}
