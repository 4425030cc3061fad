# SPDX-License-Identifier: LGPL-2.1-or-later
"""Namespaces that containers share: <lxc:namespace>."""

import os
import subprocess
import unittest

from harness.container import Containers, Host

NS = "http://libvirt.org/schemas/domain/lxc/1.0"


def namespace(*rows):
    """rows: what is shared, whose, and its name."""
    text = "".join(f"<lxc:share{what} type='{kind}' value='{value}'/>" for what, kind, value in rows)
    return f"<lxc:namespace xmlns:lxc='{NS}'>{text}</lxc:namespace>"


class Share(Containers, Host):
    def links(self, console):
        """The container's namespaces, by name."""
        return {name: self.ask(console, f"readlink /proc/self/ns/{name}")
                for name in ("net", "ipc", "uts", "pid", "user")}

    def netns(self, name):
        subprocess.run(["ip", "netns", "add", name], check=True)
        self.addCleanup(subprocess.run, ["ip", "netns", "del", name], check=True)
        return os.stat(f"/run/netns/{name}").st_ino

    def test_of_another_container(self):
        """It shares what it asks for, and nothing else; it is named as the other one."""
        first = self.begin("first")
        before = self.links(first)
        shared = self.begin("second", more=namespace(("net", "name", "first"),
                                                     ("ipc", "name", "first"),
                                                     ("uts", "name", "first")))
        links = self.links(shared)
        self.assertEqual({name for name in links if links[name] == before[name]},
                         {"net", "ipc", "uts"})
        self.assertEqual(self.ask(shared, "hostname"), "first")
        # Still so when the daemon has begun anew, which learns names by finding containers.
        self.daemon.restart()
        third = self.begin("third", more=namespace(("uts", "name", "first")))
        self.assertEqual(self.ask(third, "hostname"), "first")

    def test_named_network(self):
        inode = self.netns("reeve-share")
        console = self.begin(more=namespace(("net", "netns", "reeve-share")))
        self.assertEqual(self.links(console)["net"], f"net:[{inode}]")
        self.virsh("destroy", "box")
        self.assertEqual(os.stat("/run/netns/reeve-share").st_ino, inode)
        self.assertEqual(self.left_over(), [])

    def test_of_a_process(self):
        sleeper = subprocess.Popen(["unshare", "--net", "--ipc", "sleep", "60"])
        self.addCleanup(sleeper.wait)
        self.addCleanup(sleeper.kill)
        console = self.begin(more=namespace(("net", "pid", sleeper.pid),
                                            ("ipc", "pid", sleeper.pid)))
        links = self.links(console)
        for name in ("net", "ipc"):
            self.assertEqual(links[name], os.readlink(f"/proc/{sleeper.pid}/ns/{name}"))

    def test_not_there(self):
        rows = (
            (("net", "name", "nobody"), "no running container 'nobody'"),
            (("net", "netns", "nothing"), "/run/netns/nothing.*No such file"),
            (("net", "netns", "../../proc/1/ns/net"), "no name of a network namespace"),
            (("ipc", "pid", "2000000000"), "cannot share the ipc namespace"),
            (("ipc", "pid", "x"), "'x' is no number of a process"),
            (("uts", "netns", "x"), "it has a network only"),
        )
        for row, text in rows:
            with self.subTest(row):
                self.define(more=namespace(row))
                told = self.virsh("start", "box", ok=False)
                self.virsh("undefine", "box")
                self.assertNotEqual(told.returncode, 0)
                self.assertRegex(told.stderr.replace("\n", " "), text)
                self.assertEqual(self.left_over(), [])

    def test_kept(self):
        """The document keeps them, and is refused with what libvirt does not know either."""
        self.define(more=namespace(("net", "netns", "red"), ("ipc", "pid", "12345"),
                                   ("uts", "name", "other")))
        text = self.virsh("dumpxml", "box")
        self.assertIn(f"xmlns:lxc='{NS}'", text)
        self.assertIn("<lxc:shareuts type='name' value='other'/>", text)
        for wrong in (("pid", "name", "x"), ("net", "host", "x")):
            path = self.daemon.root / "wrong.xml"
            path.write_text(text.replace("<lxc:sharenet type='netns' value='red'/>",
                                         "<lxc:share%s type='%s' value='%s'/>" % wrong))
            self.assertNotEqual(self.virsh("define", path, ok=False).returncode, 0)


class Runc(Share):
    """The same by the other runtime."""

    conf = "container_runtime = runc"


if __name__ == "__main__":
    unittest.main()
