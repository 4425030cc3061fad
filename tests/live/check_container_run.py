# SPDX-License-Identifier: LGPL-2.1-or-later
"""How containers are run, as <reeve:run> says it, and how they end: by an unmodified virsh."""

import json
import signal
import unittest
from pathlib import Path

from harness.container import READY, Containers, Host
from harness.daemon import BUILD
from harness.events import Lifecycle, listening
from harness.guest import Console
from harness.process import run, wait_for

PRIVILEGED = "<reeve:privileged>root of this container is root of the host</reeve:privileged>"
APPARMOR = Path("/sys/module/apparmor")
SECURITY = Path("/sys/kernel/security/apparmor")
STOPPED_FAILED = 5  # libvirt's number
QUICK = "stats_interval = 1"


def run_xml(inner="", **attributes):
    words = "".join(f" {name}='{value}'" for name, value in attributes.items())
    return f"<reeve:run xmlns:reeve='urn:reeve:container'{words}>{inner}</reeve:run>"


class Run(Containers, Host):
    conf = QUICK

    def define(self, name="box", **how):
        """Anew: none of them has a UUID of its own."""
        self.virsh("undefine", name, ok=False)
        super().define(name, **how)


class Wishes(Run):

    def test_what_it_sees_and_may_do(self):
        secret = self.daemon.root / "secret"
        secret.write_text("s3cret\n")
        secret.chmod(0o600)
        console = self.begin(more=run_xml(
            "<reeve:tmpfs dir='/tmp' size='256'/>"
            "<reeve:rlimit name='nofile' soft='100' hard='200'/>"
            f"<reeve:secret name='password' file='{secret}'/>", readonly="yes"))
        self.assertIn("Read-only", self.ask(console, "touch /root/x 2>&1"))
        self.assertIn("No space left", self.ask(console, "dd if=/dev/zero of=/tmp/x bs=1k count=300 2>&1"))
        self.assertEqual(self.ask(console, "ulimit -n; ulimit -Hn").split(), ["100", "200"])
        self.assertEqual(self.ask(console, "cat /run/secrets/password"), "s3cret")
        self.assertIn("Read-only", self.ask(console, "rm -f /run/secrets/password 2>&1"))
        self.assertNotIn("s3cret", self.virsh("dumpxml", "box") + self.ask(console, "env"))
        pid = self.virsh("domid", "box").strip()
        self.assertIn("100", self.limit(pid))
        self.virsh("destroy", "box")
        self.assertEqual(self.left_over(), [])

    def limit(self, pid):
        with open(f"/proc/{pid}/limits", encoding="ascii") as limits:
            return next(line for line in limits if line.startswith("Max open files"))

    def test_own_filter_of_system_calls(self):
        profile = self.daemon.root / "profile.json"
        rule = {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95}
        profile.write_text(json.dumps({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [rule]}))
        console = self.begin(more=run_xml(f"<reeve:seccomp file='{profile}'/>"))
        self.assertIn("not supported", self.ask(console, "mkdir /tmp/x 2>&1"))
        self.virsh("destroy", "box")
        for text, words in (("{", "not JSON"), ("{}", "defaultAction"), (None, "No such file")):
            profile.unlink() if text is None else profile.write_text(text)
            self.assertIn(words, self.virsh("start", "box", ok=False).stderr)
            self.assertEqual(self.left_over(), [])

    def test_profile_of_apparmor(self):
        label = "<seclabel type='static' model='apparmor'><label>{}</label></seclabel>"
        if APPARMOR.exists() and not SECURITY.is_dir():
            run("mount", "-t", "securityfs", "none", SECURITY.parent)
        if not SECURITY.is_dir():
            self.define(more=label.format("reeve-test"))
            told = self.virsh("start", "box", ok=False).stderr
            self.assertIn("runs without AppArmor", told)
            return
        run("apparmor_parser", "-r", stdin="profile reeve-test flags=(attach_disconnected) {\n"
            "  file,\n  signal,\n  network,\n  mount,\n  deny /root/secret rw,\n}\n")
        (self.root / "root/secret").write_text("x")
        console = self.begin(more=label.format("reeve-test"))
        self.assertIn("reeve-test (enforce)", self.ask(console, "cat /proc/self/attr/current"))
        self.assertIn("denied", self.ask(console, "cat /root/secret"))
        told = self.daemon.reeve("exec", "box", "cat", "/root/secret", scheme="lxc", ok=False)
        self.assertIn("denied", told.stderr)
        self.virsh("destroy", "box")
        self.virsh("undefine", "box")
        self.define(more=label.format("reeve-no-such"))
        told = self.virsh("start", "box", ok=False).stderr
        self.assertIn("no AppArmor profile of that name", told)
        self.assertEqual(self.left_over(), [])

    def test_missing_secret(self):
        self.define(more=run_xml("<reeve:secret name='a' file='/nowhere/x'/>"))
        self.assertIn("/nowhere/x", self.virsh("start", "box", ok=False).stderr)
        self.assertEqual(self.left_over(), [])

    def test_privileged_in_so_many_words(self):
        act = "mount -t tmpfs none /root && echo mounted-$((2+1)); cat /proc/self/uid_map"
        console = self.begin()
        self.assertNotIn("mounted-3", self.ask(console, act))
        self.virsh("destroy", "box")
        console = self.begin(more=run_xml(PRIVILEGED))
        told = self.ask(console, act)
        self.assertIn("mounted-3", told)
        self.assertIn("4294967295", told)
        self.virsh("destroy", "box")
        self.assertEqual(self.left_over(), [])
        path = self.daemon.root / "box.xml"
        path.write_text(path.read_text().replace("is root of the host", "is mighty"))
        result = self.virsh("define", path, ok=False)
        self.assertIn("privileged", result.stderr)

    def test_stop_signal(self):
        init = "<init>/bin/sh</init><initarg>-c</initarg><initarg>trap 'echo by-hup; exit 7' HUP; " \
               "echo reeve-container: ready; while :; do sleep 0.1; done</initarg>"
        console = self.begin(init=init, more=run_xml("<reeve:stop signal='SIGHUP' timeout='20'/>"))
        self.virsh("destroy", "--graceful", "box")
        console.expect("by-hup")
        self.assertEqual(self.reason(), "shut off (destroyed)")
        self.define(init=init, more=run_xml("<reeve:stop signal='HUP'/>"))
        self.virsh("start", "box")
        self.console().expect(READY)
        self.virsh("shutdown", "box")
        wait_for("shut off", lambda: self.reason() == "shut off (shutdown)")
        path = self.daemon.root / "box.xml"
        path.write_text(path.read_text().replace("'HUP'", "'SIGNONE'"))
        self.assertIn("SIGNONE", self.virsh("define", path, ok=False).stderr)


class Ends(Run):

    def failures(self):
        return self.daemon.reeve("failures", "box", scheme="lxc")

    def test_exit_codes(self):
        rows = (("exit 3", "failed", "exit code 3"), ("exit 0", "shutdown", ""),
                ("exec tail /dev/zero", "crashed", "memory was full"))
        self.define(memory=16, more="<memtune><swap_hard_limit unit='MiB'>16</swap_hard_limit></memtune>")
        for command, reason, words in rows:
            with self.subTest(command):
                self.virsh("start", "box")
                console = self.console()
                console.type(f"{command}\r")
                wait_for(reason, lambda: self.reason() == f"shut off ({reason})")
                self.assertIn(words, self.failures())
                info = self.daemon.reeve("dominfo", "box", scheme="lxc")
                self.assertIn(words, info)
                self.assertEqual("Last failure" in info, bool(words))
                console.close()
        self.assertEqual(self.failures().count("exit code"), 1)

    def test_event_tells_the_reason(self):
        console = self.begin()
        connection = listening(self.daemon.connect, "lxc")
        self.addCleanup(connection.close)
        heard = Lifecycle(connection)
        console.type("exit 3\r")
        heard.expect(("box", "stopped", STOPPED_FAILED))

    def test_logs(self):
        console = self.begin()
        self.ask(console, "i=0; while [ $i -lt 50 ]; do i=$((i + 1)); echo line-$i; done")
        logs = lambda *args: self.daemon.reeve("logs", "box", *args, scheme="lxc")  # noqa: E731
        self.assertIn(READY, logs())
        self.assertEqual(len(logs("--tail", "3").splitlines()), 3)
        self.assertNotIn("line-40", logs("--tail", "5"))
        follower = Console(BUILD / "cli/reeve", "-c", self.daemon.uri("lxc"), "logs", "box", "-f")
        self.addCleanup(follower.close)
        follower.expect("line-50")
        self.ask(console, "echo later-$((1 + 2))")
        follower.expect("later-3")
        self.virsh("destroy", "box")
        self.assertIn("later-3", logs("--tail", "5"))

    def queued(self):
        return self.daemon.reeve("jobs", "box", scheme="lxc").count("box")

    def test_restart(self):
        rows = (("no", "exit 3", False), ("on-failure", "exit 3", True),
                ("on-failure", "exit 0", False), ("always", "exit 0", True))
        for restart, command, again in rows:
            with self.subTest(f"{restart}, {command}"):
                console = self.begin(more=run_xml(restart=restart))
                before = self.virsh("domid", "box").strip()
                console.type(f"{command}\r")
                if again:
                    wait_for("another one", lambda: self.virsh("domid", "box").strip() not in
                             ("-", before))
                    self.virsh("destroy", "box")
                else:
                    # What is to start again has a job from the same moment on.
                    wait_for("its end", lambda: self.state() == "shut off")
                    self.assertEqual(self.queued(), 0)

    def test_no_restart_when_asked_to_end(self):
        self.begin(more=run_xml(restart="always"))
        self.virsh("shutdown", "box")
        wait_for("shut off", lambda: self.reason() == "shut off (shutdown)")
        self.assertEqual(self.queued(), 0)

    def test_restart_gives_up(self):
        self.define(init="<init>/bin/false</init>", more=run_xml(restart="always"))
        self.virsh("start", "box")
        wait_for("given up", lambda: "not started again" in self.failures())
        self.assertEqual(self.state(), "shut off")

    def test_health(self):
        health = "<reeve:health interval='1' timeout='5' retries='2' action='{}'>" \
                 "<reeve:arg value='/bin/test'/><reeve:arg value='!'/><reeve:arg value='-e'/>" \
                 "<reeve:arg value='/tmp/ill'/></reeve:health>"
        console = self.begin(more=run_xml(health.format("note")))
        self.assertNotIn("health", self.failures())
        self.ask(console, "touch /tmp/ill")
        wait_for("told", lambda: "health check has failed 2 times" in self.failures())
        self.assertEqual(self.state(), "running")
        self.virsh("destroy", "box")
        (self.root / "tmp/ill").unlink()
        health = health.replace("retries='2'", "retries='1'")
        console = self.begin(more=run_xml(health.format("restart")))
        before = self.virsh("domid", "box").strip()
        self.ask(console, "touch /tmp/ill")
        wait_for("again", lambda: self.virsh("domid", "box").strip() not in ("-", before))
        (self.root / "tmp/ill").unlink()
        self.assertIn("since its health check", self.failures())

    def test_health_that_hangs_is_killed(self):
        self.begin(more=run_xml("<reeve:health interval='1' timeout='1' retries='1'><reeve:arg "
                                "value='/bin/sleep'/><reeve:arg value='1234'/></reeve:health>"))
        wait_for("told", lambda: "health check has failed 1" in self.failures())
        self.daemon.restart(signal.SIGKILL)
        wait_for("running", lambda: self.state() == "running")


if __name__ == "__main__":
    unittest.main()
