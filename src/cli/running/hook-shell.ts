/**
 * How to run and to end a command on each platform. No shell may read a message as part of a command. On Windows that
 * rules out cmd.exe, which puts the values of variables into the line before it looks for `&`, `|` and `>`.
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

/** Makes programs read and print UTF-8 instead of the code page of the console. Without a console it does nothing. */
const UTF8 =
  'try { $OutputEncoding = [Console]::InputEncoding = [Console]::OutputEncoding = New-Object Text.UTF8Encoding $false } catch { }'

/** The shell that runs a command: PowerShell on Windows, /bin/sh elsewhere. */
export function shellCall(command: string, platform: NodeJS.Platform, environment: Environment): ShellCall {
  // In its own process group, so that descendants can be ended too.
  if (platform !== 'win32')
    return { file: command, args: [], options: { shell: true, detached: true, windowsHide: false } }
  return {
    file: inSystem('WindowsPowerShell\\v1.0\\powershell.exe', environment),
    args: ['-NoProfile', '-NonInteractive', '-Command', `${UTF8}\n${command}`],
    // Detached, each message would open a console window.
    options: { shell: false, detached: false, windowsHide: true },
  }
}

/** Ends a process and its descendants on Windows, which has no process groups. */
export function taskkillCall(pid: number, environment: Environment): Call {
  return { file: inSystem('taskkill.exe', environment), args: ['/PID', String(pid), '/T', '/F'] }
}

/** The whole path: otherwise a program of the same name in the working directory would come first. */
function inSystem(name: string, environment: Environment): string {
  const root = environment['SystemRoot'] ?? ''
  return win32.join(root === '' ? 'C:\\Windows' : root, 'System32', name)
}
