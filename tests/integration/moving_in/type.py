#!/usr/bin/env python3
"""A person at a terminal: reads from standard input {argv, env, cwd, steps: [[what is waited for on the screen
(a regular expression), what is typed]]} as JSON, and prints {status, screen, echo}: the exit status (negative:
by that signal), all that the screen showed, and whether the terminal echoes afterwards."""
import json, os, pty, re, select, signal, sys, termios, time

WAIT_S = 30
job = json.load(sys.stdin)
pid, fd = pty.fork()
if pid == 0:
    os.chdir(job['cwd'])
    os.execve(job['argv'][0], job['argv'], job['env'])

screen, seen = '', 0


def read_more(deadline):
    """False when the program has closed the terminal."""
    global screen
    while time.monotonic() < deadline:
        if select.select([fd], [], [], 0.1)[0]:
            try:
                data = os.read(fd, 65536)
            except OSError:
                return False
            screen += data.decode('utf8', 'replace').replace('\r\n', '\n')
            return bool(data)
    return True


def fail(why):
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    sys.exit(f'{why}; the screen shows:\n{screen}')


for pattern, keys in job['steps']:
    deadline = time.monotonic() + WAIT_S
    while not (found := re.compile(pattern).search(screen, seen)):
        if time.monotonic() >= deadline or not read_more(deadline):
            fail(f'/{pattern}/ did not come')
    seen = found.end()
    os.write(fd, keys.encode())
deadline = time.monotonic() + 2 * WAIT_S
while read_more(deadline):
    if time.monotonic() >= deadline:
        fail('the program does not end')
try:
    echo = bool(termios.tcgetattr(fd)[3] & termios.ECHO)
except termios.error:
    echo = None
_, status = os.waitpid(pid, 0)
json.dump({'status': os.waitstatus_to_exitcode(status), 'screen': screen, 'echo': echo}, sys.stdout)
