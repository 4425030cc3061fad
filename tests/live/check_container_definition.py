# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a definition says of its first program, users, rights and processors, as the container itself
sees it; and what happens at its end. libvirt's own driver is asked the same."""

import os
import re
import shutil
import unittest
from pathlib import Path

import libvirt

from harness import corpus
from harness.container import READY, Console, Containers, Host
from harness.daemon import Libvirtd, daemon_class
from harness.process import run, wait_for

# Numbers of capabilities(7).
CHOWN, SYS_MODULE, SYS_ADMIN, SYS_BOOT, MKNOD, AUDIT_WRITE = 0, 16, 21, 22, 27, 29


class Seen(Containers):
    """The same of libvirt's driver and of ours."""

    def make_daemon(self):
        return daemon_class()()

    def status(self, console, field):
        return re.search(rf"{field}:\s*(\S+)", self.ask(console, "cat /proc/self/status"))[1]

    def capabilities(self, features):
        console = self.begin(more=f"<features>{features}</features>")
        bounds = int(self.status(console, "CapBnd"), 16)
        self.virsh("destroy", "box")
        self.virsh("undefine", "box")
        return {bit for bit in range(64) if bounds >> bit & 1}

    def test_first_program(self):
        init = ("<init>/bin/sh</init><initarg>-c</initarg><initarg>id -u; id -g; pwd; echo /$COLOUR/; "
                "echo $0 $1; exec /bin/test-init</initarg><initarg>name</initarg><initarg>a 'b\" c"
                "</initarg><initenv name='COLOUR'>dark 'blue'</initenv><initdir>/var</initdir>"
                "<inituser>1000</inituser><initgroup>1001</initgroup>")
        self.define(init=init)
        self.virsh("start", "box")
        told = self.console().expect(READY).split()
        self.assertEqual(" ".join(told[-12:]).split(" reeve-container")[0].split("1000", 1)[1],
                         " 1001 /var /dark 'blue'/ name a 'b\" c")

    def test_processors_and_memory_nodes(self):
        console = self.begin(more="<vcpu cpuset='1'>1</vcpu><numatune><memory mode='strict' "
                             "nodeset='0'/></numatune>")
        self.assertEqual(self.status(console, "Cpus_allowed_list"), "1")
        self.assertEqual(self.status(console, "Mems_allowed_list"), "0")

    def test_capabilities(self):
        usual = self.capabilities("<capabilities policy='default'><chown state='off'/></capabilities>")
        self.assertNotIn(CHOWN, usual)
        self.assertNotIn(SYS_MODULE, usual)
        few = self.capabilities("<capabilities policy='deny'><chown state='on'/><audit_write state='on'/>"
                                "</capabilities>")
        self.assertEqual(few, {CHOWN, AUDIT_WRITE})
        most = self.capabilities("<capabilities policy='allow'><mknod state='off'/></capabilities>")
        self.assertNotIn(MKNOD, most)
        self.assertTrue({CHOWN, SYS_ADMIN, SYS_MODULE} <= most, most)

    def test_notes(self):
        """Title, description and elements of others, of a running domain and of its next start."""
        self.begin()
        for where in ("--live", "--config"):
            self.virsh("desc", "box", where, "--title", "The web")
            self.virsh("desc", "box", where, "a <b> & c")
            self.virsh("metadata", "box", "urn:a", where, "--key", "a", "--set", "<x y='1'><z/></x>")
            self.virsh("metadata", "box", "urn:b", where, "--key", "b", "--set", "<x/>")
            self.virsh("metadata", "box", "urn:a", where, "--key", "a", "--set", "<x y='2'/>")
            self.virsh("metadata", "box", "urn:b", where, "--remove")
        for dump in (("dumpxml", "box"), ("dumpxml", "box", "--inactive")):
            found = corpus.leaves(corpus.parse(self.virsh(*dump)))
            for leaf in (("domain/title", "The web"), ("domain/description", "a <b> & c"),
                         ("domain/metadata/urn:a:x/@y", "2")):
                self.assertIn(leaf, found)
            self.assertNotIn("urn:b", self.virsh(*dump))
        self.assertEqual(self.virsh("desc", "box", "--title").strip(), "The web")
        self.assertIn("not present", self.virsh("metadata", "box", "urn:b", ok=False).stderr)
        for key, text in (("a b", "<x/>"), ("a", "<x")):
            self.assertNotEqual(self.virsh("metadata", "box", "urn:c", "--key", key, "--set", text,
                                           ok=False).returncode, 0)
        self.virsh("desc", "box", "--config", "")
        self.assertNotIn("<description>", self.virsh("dumpxml", "box", "--inactive"))

    def test_several_consoles(self):
        console = self.begin(devices="<console type='pty'/><console type='pty'/>")
        for number in (1, 2):
            other = Console("virsh", "-c", self.daemon.uri("lxc"), "console", "box", "--devname",
                            f"console{number}")
            self.addCleanup(other.close)
            other.expect("Escape character")
            self.ask(console, f"echo hello-$((1 + {number})) > /dev/tty{number + 1}")
            other.expect(f"hello-{number + 1}")
        self.assertNotEqual(self.virsh("console", "box", "--devname", "console3", ok=False).returncode, 0)


class Native(Containers):
    """libvirt's own examples of configurations of LXC's tools."""

    def setUp(self):
        self.examples = sorted((corpus.folder() / "lxcconf2xmldata").glob("*.config"))
        super().setUp()

    def translate(self, path):
        connection = self.daemon.connect("lxc")
        self.addCleanup(connection.close)
        return connection.domainXMLFromNative("lxc-tools", path.read_text(encoding="utf-8"))

    def expected(self, path):
        return Path(re.sub(r"(-v3)?\.config$", ".xml", str(path))).read_text(encoding="utf-8")

    def tree(self, text):
        """What depends on the host alone left out."""
        text = re.sub(r"<(emulator|uuid)>[^<]*</\1>| arch='x86_64'", "", text)
        return corpus.unordered(corpus.parse(text))

    def test_examples(self):
        self.assertGreater(len(self.examples), 20)
        # lxc.container.conf(5) names the container's user first, libvirt's driver takes it for the host's.
        faults = {"fstab": "lxc.mount.fstab", "idmap": "root of the container is not mapped"}
        for path in self.examples:
            name = re.match(r"lxcconf2xml-([a-z]+)", path.name)[1]
            with self.subTest(path.name):
                if name in faults:
                    with self.assertRaisesRegex(libvirt.libvirtError, faults[name]):
                        self.translate(path)
                else:
                    self.assertEqual(self.tree(self.translate(path)), self.tree(self.expected(path)))

    def test_users_and_faults(self):
        path = self.daemon.root / "lxc.conf"
        rows = (
            ("lxc.idmap = u 0 100000 65536\nlxc.idmap = g 0 200000 65536\nlxc.start.auto = 1",
             "<uid start='0' target='100000' count='65536'/>"),
            ("lxc.mount.entry = tmpfs run tmpfs nodev 0 0", "size="),
            ("lxc.mount.entry = tmpfs run tmpfs size=50% 0 0", "50%"),
            ("lxc.cgroup.memory.limit_in_bytes = much", "much"),
            ("lxc.net.0.type = macvlan", "link"),
            ("lxc.cgroup.blkio.device_weight = 8:16", "8:16"),
        )
        for text, words in rows:
            path.write_text(f"lxc.uts.name = box\nlxc.rootfs.path = /srv/box\n{text}\n")
            result = self.virsh("domxml-from-native", "lxc-tools", path, ok=False)
            self.assertIn(words, result.stdout + result.stderr)
            self.assertNotIn("&lt;", result.stdout)
        path.write_text("lxc.uts.name = box\n")
        self.assertIn("lxc.rootfs.path", self.virsh("domxml-from-native", "lxc-tools", path, ok=False).stderr)


class Own(Containers, Host):
    """libvirt's driver starts no container with an <idmap> where /sys/fs/cgroup is no folder in its
    root, writes <initenv> unescaped, and does at an end what it does at all ends but a reboot."""

    def test_notes_by_reeve(self):
        """It tells what virsh tells."""
        self.define()
        reeve = lambda *args, **how: self.daemon.reeve(*args, scheme="lxc", **how)  # noqa: E731
        self.assertIn("No description", reeve("desc", "box"))
        reeve("desc", "box", "Serves", "pages")
        reeve("desc", "box", "--title", "The web")
        reeve("metadata", "box", "urn:a", "--key", "a", "--set", "<x/>")
        for command in (("desc", "box"), ("desc", "box", "--title"), ("metadata", "box", "urn:a")):
            self.assertEqual(reeve(*command).strip(), self.virsh(*command).strip())
        reeve("metadata", "box", "urn:a", "--remove")
        self.assertIn("not present", reeve("metadata", "box", "urn:a", ok=False).stderr)
        self.assertIn("--key", reeve("metadata", "box", "urn:a", "--set", "<x/>", ok=False).stderr)

    def test_users(self):
        for path in (self.root, *self.root.rglob("*")):
            os.chown(path, 300000, 400000, follow_symlinks=False)
        console = self.begin(more="<idmap><uid start='0' target='300000' count='1000'/>"
                             "<gid start='0' target='400000' count='2000'/></idmap>")
        self.assertEqual(self.ask(console, "cat /proc/self/uid_map").split(), ["0", "300000", "1000"])
        self.assertEqual(self.ask(console, "cat /proc/self/gid_map").split(), ["0", "400000", "2000"])
        self.assertEqual(self.ask(console, "touch /root/x; ls -n /root/x").split()[2:4], ["0", "0"])
        found = (self.root / "root/x").stat()
        self.assertEqual((found.st_uid, found.st_gid), (300000, 400000))

    def test_environment(self):
        console = self.begin(init="<init>/bin/test-init</init><initenv name='X'>a &amp; &lt;b&gt; \"c\""
                             "</initenv>")
        self.assertEqual(self.ask(console, "echo \"$X\""), 'a & <b> "c"')

    def ended(self, how, command):
        self.virsh("undefine", "box", ok=False)
        console = self.begin(more=how)
        before = self.virsh("domid", "box")
        console.type(f"{command}\r")
        wait_for("its end", lambda: self.virsh("domid", "box") != before)

    def test_init_of_busybox(self):
        """A real init, asked by signals: it runs what its table says, and powers off or reboots."""
        (self.root / "bin/init").symlink_to("busybox")
        (self.root / "etc/inittab").write_text(f"::sysinit:/bin/echo {READY}\n::respawn:/bin/sleep 9\n"
                                               "::shutdown:/bin/echo going down\n")
        console = self.begin(init="<init>/bin/init</init>")
        before = self.virsh("domid", "box")
        self.virsh("reboot", "box", "--mode", "signal")
        console.expect("going down")
        wait_for("another", lambda: self.virsh("domid", "box").strip() not in ("-", before.strip()))
        console.close()
        console = self.console()
        console.expect(READY)
        self.assertIn("initctl", self.virsh("shutdown", "box", "--mode", "initctl", ok=False).stderr)
        self.virsh("shutdown", "box", "--mode", "signal")
        wait_for("shut off", lambda: self.reason() == "shut off (shutdown)")
        self.assertEqual(self.left_over(), [])

    def test_init_of_sysvinit(self):
        """Debian's, asked by its FIFO, by SIGPWR, and by the signal of a key that reboots."""
        package = self.daemon.root / "package"
        package.mkdir()
        got = run("sh", "-c", "cd $0 && apt-get -qq -o APT::Sandbox::User=root download sysvinit-core",
                  package, ok=False)
        if got.returncode != 0:
            self.skipTest("sysvinit-core cannot be downloaded")
        run("dpkg", "-x", *package.glob("*.deb"), package)
        init = package / "sbin/init"
        for library in re.findall(r"(/lib\S+)", run("ldd", init)):
            (self.root / library[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(library, self.root / library[1:])
        (self.root / "sbin").mkdir()
        shutil.copy(init, self.root / "sbin/init")
        (self.root / "etc/inittab").write_text(
            f"id:2:initdefault:\nsi::sysinit:/bin/echo {READY}\n1:2:respawn:/bin/sleep 9\n"
            "l0:0:wait:/bin/sh -c 'echo level 0; poweroff -f'\n"
            "l6:6:wait:/bin/sh -c 'echo level 6; reboot -f'\n"
            "pw::powerwait:/bin/sh -c 'echo power fails; poweroff -f'\n"
            "ca::ctrlaltdel:/bin/sh -c 'echo three keys; reboot -f'\n")
        console = self.begin(init="<init>/sbin/init</init>")
        for command, words in (("reboot", "level 6"), ("reboot --mode signal", "three keys"),
                               ("shutdown --mode initctl", "level 0"),
                               ("shutdown --mode signal", "power fails"), ("shutdown", "level 0")):
            with self.subTest(command):
                before = self.virsh("domid", "box").strip()
                self.virsh(*command.split(), "box")
                console.expect(words)
                wait_for("its end", lambda: self.virsh("domid", "box").strip() != before)
                if command.startswith("shutdown"):
                    wait_for("shut off", lambda: self.reason() == "shut off (shutdown)")
                    self.virsh("start", "box")
                wait_for("another", lambda: self.state() == "running")
                console.close()
                console = self.console()
                console.expect(READY)

    def test_settings(self):
        rows = (
            ("<on_poweroff>destroy</on_poweroff>", "exec poweroff -f", False),
            ("<on_poweroff>restart</on_poweroff>", "exec poweroff -f", True),
            ("<on_reboot>destroy</on_reboot>", "exec reboot -f", False),
            ("<on_reboot>restart</on_reboot>", "exec reboot -f", True),
            ("<on_crash>destroy</on_crash>", "exit 3", False),
        )
        for setting, command, again in rows:
            with self.subTest(setting):
                self.ended(setting, command)
                if again:
                    wait_for("running", lambda: self.state() == "running")
                    self.console().expect(READY)
                    self.virsh("destroy", "box")
                wait_for("shut off", lambda: self.state() == "shut off")
                self.assertEqual(self.left_over(), [])

    def test_crash_restarts(self):
        self.begin(more="<on_crash>restart</on_crash>")
        before = int(self.virsh("domid", "box"))
        os.kill(before, 9)
        wait_for("again", lambda: self.virsh("domid", "box").strip() not in ("-", str(before)))
        self.console().expect(READY)


if os.environ.get("REEVE_TEST_LIBVIRTD"):
    assert daemon_class() is Libvirtd
    del Own, Native


if __name__ == "__main__":
    unittest.main()
