# SPDX-License-Identifier: LGPL-2.1-or-later
"""reeve beside virsh: the same command to the same daemon prints the same text and ends as well.
The daemon is ours or, with --libvirtd, libvirtd."""

import json
import os
import re
import subprocess
import tempfile
import time
import unittest
from pathlib import Path
from uuid import uuid4

from harness.daemon import BUILD, Reeved, daemon_class
from harness.guest import Console, tiny_xml
from harness.process import run, wait_for

REEVE = BUILD / "cli/reeve"
OURS = daemon_class() is Reeved

# Read only, of a domain "one" that runs and "two" that does not. Numbers move between two calls of a
# line with ~.
READS = """
list
list --all
list --inactive
list --all --name
list --uuid --all
list --id
list --id --all
list --uuid --name --all
list --id --name --all
list --title --all
list --table --all
list --managed-save --all
list --state-running
list --state-shutoff
list --state-paused --all
list --state-other --all
list --persistent --all
list --transient --all
list --autostart --all
list --no-autostart --all
list --with-managed-save --all
list --without-snapshot --all
~dominfo two
domid one
domid two
domname ID
domname UUID
domuuid one
domuuid ID
domstate one
domstate two
domstate one --reason
domstate --domain two --reason
domstate --domain=two --reason
domstate ID
domstate UUID
dumpxml two
dumpxml one --inactive
dumpxml two --security-info
dumpxml two --migratable
dumpxml two --xpath //memory
dumpxml two --xpath //os --wrap
dumpxml one --xpath //name
domstats --state
domstats --state one
domstats --state one two
domstats --list-inactive --state
domstats --vcpu --state two
vcpucount one
vcpucount two
vcpucount two --maximum --config
vcpucount two --config
vcpucount one --live
ttyconsole two
vncdisplay one
domdisplay one
domblklist one
domblklist two --details
domiflist one
domiflist two --inactive
domblkinfo one --all
domblkinfo one --all --human
dommemstat one
memtune one
memtune two --config
blkiotune one
blkiotune two
numatune two
schedinfo one
schedinfo two --config
domcontrol one
~freecell
~freecell --all
~freecell --cellno 0
~nodecpustats
~nodecpustats --cpu 0
~nodememstats
~nodememstats --cell 0
capabilities
domcapabilities
nodeinfo
hostname
uri
version
version --daemon
event --list
event --all --timeout 1
"list --all; domid one"
""".strip().split("\n")

# The same, of real guests: what only they have.
KVM_READS = """
~dominfo one
dumpxml one
dumpxml one --security-info
dumpxml one --xpath //devices/disk
~domstats one
~domstats --block --balloon one
~domstats --interface --cpu-total
vncdisplay one
domdisplay one
domdisplay one --all
domdisplay one --type vnc --include-password
domdisplay one --type spice
ttyconsole one
domblklist one --details
~domblkinfo one --all
~domblkinfo one vda
~domblkinfo one vda --human
~domblkstat one vda
~domblkstat one vda --human
~domblkstat one
domiflist one
~dommemstat one
domxml-to-native qemu-argv --domain two
domjobinfo one
maxvcpus
maxvcpus --type qemu
~nodecpustats --percent
domcapabilities --virttype qemu --machine pc
""".strip().split("\n")

# What is refused: both fail, and print nothing but an empty line to standard output.
REFUSED = """
dominfo nosuch
domstate 4711
domname nosuch
start one
suspend two
resume two
reset two
destroy two
shutdown two
reboot two
console two
domdisplay two
vncdisplay two
define nosuch.xml
undefine nosuch
autostart nosuch
memtune two --hard-limit 64M --live
memtune two --hard-limit much
setmem two 1T
""".strip().split("\n")

# What changes something; each is done to a domain of its own by each program.
CHANGES = """
setmaxmem NAME 48M --config
setmem NAME 32M --config
setvcpus NAME 2 --config --maximum
setvcpus NAME 2 --config
vcpupin NAME 0 0-1 --config
memtune NAME --hard-limit 64M --soft-limit 48M --config
memtune NAME --swap-hard-limit 96MiB
memtune NAME
schedinfo NAME --config cpu_shares=512 vcpu_quota=50000
schedinfo NAME
blkiotune NAME --weight 300 --device-read-bytes-sec /dev/vda,1000 --config
blkiotune NAME
numatune NAME --nodeset 0 --mode preferred
numatune NAME
start NAME
memtune NAME --hard-limit -1 --live
memtune NAME --live
suspend NAME
resume NAME
reset NAME
destroy NAME
start NAME --paused
resume NAME
destroy NAME --graceful
autostart NAME
autostart NAME --disable
start NAME
save NAME FILE.sav
restore FILE.sav --paused
resume NAME
managedsave NAME
managedsave-remove NAME
start NAME
shutdown NAME --mode acpi
define FILE
undefine NAME
create FILE --paused
destroy NAME
define --file FILE --validate
undefine NAME --managed-save --nvram --snapshots-metadata
undefine NAME
""".strip().split("\n")


def test_xml(name, title="A title"):
    return f"""<domain type='test'>
  <name>{name}</name>
  <uuid>{uuid4()}</uuid>
  <title>{title}</title>
  <memory unit='MiB'>64</memory>
  <vcpu>2</vcpu>
  <os><type>hvm</type></os>
</domain>
"""


class Base(unittest.TestCase):
    scheme = "test"

    @classmethod
    def setUpClass(cls):
        cls.daemon = daemon_class()().start()
        cls.addClassCleanup(cls.daemon.close)
        cls.uri = cls.daemon.uri(cls.scheme)
        # libvirtd's test driver forgets its domains with its last connection.
        cls.connection = cls.daemon.connect(cls.scheme)
        cls.addClassCleanup(cls.connection.close)
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)

    def client(self, program, *words, **how):
        return run(program, "-c", self.uri, *words, ok=False, **how)

    def reeve(self, *words, **how):
        return run(REEVE, "-c", self.uri, *words, **how)

    def both(self, line, words=None):
        """Runs it by both programs; returns what reeve did."""
        moves, line = line.startswith("~"), line.lstrip("~")
        words = words or (line.split() if '"' not in line else [line.strip('"')])
        ours, theirs = self.client(REEVE, *words), self.client("virsh", *words)
        if moves:
            for result in (ours, theirs):
                result.stdout = re.sub(r" *\d+", "#", result.stdout)
        self.assertEqual(ours.stdout, theirs.stdout, line)
        self.assertEqual(ours.returncode != 0, theirs.returncode != 0, ours.stderr + theirs.stderr)
        return ours


class Texts(Base):
    def setUp(self):
        self.domains = {}
        for name in ("one", "two"):
            self.domains[name] = self.connection.defineXML(test_xml(name, f"title of {name}"))
            self.addCleanup(self.domains[name].undefine)
        self.domains["one"].create()
        self.addCleanup(self.domains["one"].destroy)

    def test_reads(self):
        one = self.domains["one"]
        for line in READS:
            with self.subTest(line):
                line = line.replace("UUID", one.UUIDString()).replace("ID", str(one.ID()))
                result = self.both(line)
                self.assertTrue(result.returncode == 0 or result.stderr or "event" in line, line)

    def test_quiet(self):
        for line in ("list --all", "~dominfo two", "domstate two", "dumpxml two", "domid two"):
            with self.subTest(line):
                self.both(line, ["-q", *line.lstrip("~").split()])

    def test_read_only(self):
        for line in ("list --all", "dumpxml two", "start two", "undefine two", "domstate two"):
            with self.subTest(line):
                uri = self.daemon.uri("test", readonly=True)
                ours = run(REEVE, "-r", "-c", uri, *line.split(), ok=False)
                theirs = run("virsh", "-r", "-c", uri, *line.split(), ok=False)
                self.assertEqual(ours.stdout, theirs.stdout)
                self.assertEqual(ours.returncode != 0, theirs.returncode != 0)

    def test_refused(self):
        for line in REFUSED:
            with self.subTest(line):
                result = self.both(line)
                self.assertEqual(result.stdout, "\n")
                self.assertEqual(result.returncode, 1)
                self.assertRegex(result.stderr, r"^error: .*\w")

    def test_changes(self):
        """The same story told by both, each about a domain of its own."""
        stories = []
        for program in (REEVE, "virsh"):
            name = "story"
            file = self.folder / "story.xml"
            file.write_text(test_xml(name))
            self.client("virsh", "define", file)
            story = []
            for line in CHANGES:
                words = line.replace("NAME", name).replace("FILE", str(file)).split()
                result = self.client(program, *words)
                if words[0] == "shutdown" and result.returncode == 0:  # the guest takes its time
                    wait_for("shutdown", lambda: not self.connection.lookupByName(name).isActive())
                state = self.client("virsh", "domstate", "--reason", name).stdout
                listed = self.client("virsh", "list", "--all", "--autostart", "--name").stdout
                story.append((line, result.returncode, result.stdout, state, listed))
            stories.append(story)
        for ours, theirs in zip(*stories):
            with self.subTest(ours[0]):
                self.assertEqual(ours, theirs)

    def test_remedies(self):
        result = self.client(REEVE, "dominfo", "ones")
        self.assertIn("error: failed to get domain 'ones': there is none of this", result.stderr)
        self.assertIn("remedy: did you mean 'one'?", result.stderr)
        result = self.client(REEVE, "-o", "json", "dominfo", "ones")
        error = json.loads(result.stderr)["error"]
        self.assertEqual((error["code"], error["remedy"]), (42, "did you mean 'one'?"))
        self.assertEqual(result.stdout, "")

    def test_completion(self):
        def complete(*words):
            return self.reeve("-q", "complete", "--", "-c", self.uri, *words).split()

        self.assertEqual(complete("start", "t"), ["two"])
        self.assertEqual(complete("destroy", "o"), ["one"])
        self.assertEqual(set(complete("dominfo", "")) & {"one", "two"}, {"one", "two"})
        self.assertEqual(complete("domstats", "--state", "one", "tw"), ["two"])


class Json(Base):
    """-o json: what programs read."""

    def setUp(self):
        self.domain = self.connection.defineXML(test_xml("web", "A title"))
        self.domain.create()
        self.addCleanup(self.domain.undefine)
        self.addCleanup(self.domain.destroy)
        self.names = {"name": "web", "uuid": self.domain.UUIDString()}

    def json(self, *words, **how):
        return json.loads(self.reeve("-o", "json", *words, **how))

    def test_results(self):
        rows = {
            "domid web": {"id": self.domain.ID()},
            "domuuid web": {"uuid": self.names["uuid"]},
            "domstate web": {"state": "running", "reason": "booted"},
            "suspend web": {**self.names, "result": "suspended"},
            "resume web": {**self.names, "result": "resumed"},
            "autostart web": {**self.names, "result": "autostart on"},
            "autostart web --disable": {**self.names, "result": "autostart off"},
            "hostname": {"hostname": self.connection.getHostname()},
            "vcpucount web --config": {"count": 2},
        }
        for line, expected in rows.items():
            with self.subTest(line):
                self.assertEqual(self.json(*line.split()), expected)

    def test_list(self):
        entries = {entry["name"]: entry for entry in self.json("list", "--all", "--title")}
        self.assertEqual(
            entries["web"],
            {**self.names, "id": self.domain.ID(), "state": "running", "title": "A title"},
        )

    def test_info(self):
        info = self.json("dominfo", "web")
        self.assertEqual(info["uuid"], self.names["uuid"])
        self.assertEqual((info["vcpus"], info["max_memory_kib"]), (2, 65536))
        self.assertIs(info["persistent"], True)

    def test_stats(self):
        (entry,) = self.json("domstats", "--state", "web")
        self.assertEqual(entry["name"], "web")
        self.assertEqual(entry["stats"]["state.state"], 1)

    def test_define(self):
        file = self.folder / "other.xml"
        file.write_text(test_xml("other"))
        (entry,) = self.json("define", "--lenient", file)
        self.assertEqual((entry["name"], entry["file"]), ("other", str(file)))
        self.json("undefine", "other")

    def test_events(self):
        with subprocess.Popen(
            [REEVE, "-c", self.uri, "-o", "json", "event", "--all", "--loop", "--timeout", "60"],
            stdout=subprocess.PIPE,
            bufsize=0,
        ) as process:
            # Until the listener has subscribed, some go by unheard.
            seen = []
            os.set_blocking(process.stdout.fileno(), False)

            def heard():
                self.domain.suspend()
                self.domain.resume()
                seen.append(process.stdout.read() or b"")
                return b"".join(seen).count(b"\n")

            wait_for("an event", heard, 30, every=0.1)
            process.terminate()
            process.wait(30)
        event = json.loads(b"".join(seen).splitlines()[0])
        self.assertEqual((event["event"], event["name"]), ("lifecycle", "web"))
        self.assertIn(event["type"], ("Suspended", "Resumed"))
        self.assertEqual(process.returncode, 0)


def ended(console):
    """The exit code of a program that ends by itself."""
    while console.more(30):
        continue
    return console.process.wait(30)


class Edit(Base):
    def setUp(self):
        self.domain = self.connection.defineXML(test_xml("web"))
        self.addCleanup(self.domain.undefine)

    def edit(self, script, *words):
        return run(
            REEVE, "-c", self.uri, "edit", "web", *words, ok=False,
            env={"EDITOR": f"sed -i {script}", "VISUAL": "", "TMPDIR": str(self.folder)},
        )

    def test_edit(self):
        result = self.edit("s/nothing/else/")
        self.assertIn("Domain 'web' XML configuration not changed.", result.stdout)
        result = self.edit("s/65536/131072/")
        self.assertIn("Domain 'web' XML configuration edited.", result.stdout)
        self.assertIn("131072", self.domain.XMLDesc())
        self.assertEqual(os.listdir(self.folder), [])

    def test_faults(self):
        """What was typed is not lost."""
        result = self.edit("s/vcpu/vcpuu/")
        self.assertEqual(result.returncode, 1)
        kept = re.search(r"your text is still in (\S+):", result.stderr)[1]
        self.assertRegex(result.stderr, re.escape(kept) + r":\d+:\d+: ")
        os.unlink(kept)
        result = self.edit("s/x/y/;false")
        self.assertEqual(os.listdir(self.folder), [])

    def test_again(self):
        env = f"VISUAL= TMPDIR={self.folder} EDITOR='sed -i s/vcpu/vcpuu/'"
        with Console("sh", "-c", f"{env} {REEVE} -c '{self.uri}' edit web") as console:
            console.expect("Try again? [y,n,f,i,?]: ")
            console.type("?\r")
            console.expect("n - give up")
            console.type("n\r")
            self.assertEqual(ended(console), 1)
        for name in os.listdir(self.folder):
            (self.folder / name).unlink()


@unittest.skipUnless(OURS, "libvirtd has none of this")
class Ours(Base):
    """What virsh has no command for."""

    def setUp(self):
        self.file = self.folder / "web.xml"
        self.xml = test_xml("web")
        self.write("<vcpu>2</vcpu>")
        self.reeve("define", self.file)
        self.addCleanup(lambda: self.client(REEVE, "undefine", "web"))

    def write(self, vcpu):
        self.file.write_text(self.xml.replace("<vcpu>2</vcpu>", vcpu))

    def history(self):
        return json.loads(self.reeve("-o", "json", "history", "web"))

    def test_history(self):
        before = len(self.history())
        self.write("<vcpu>3</vcpu>")
        self.reeve("define", self.file)
        newest = self.history()[0]
        self.assertEqual(len(self.history()), before + 1)
        self.assertEqual((newest["what"], newest["removed"]), ("define", False))
        self.assertIn(f"uid {os.getuid()}", newest["who"])
        self.assertLess(abs(newest["time"] - time.time()), 60)

        old = newest["revision"] - 1
        diff = self.reeve("-q", "diff", "web", old)
        self.assertRegex(diff, r"(?m)^-  <vcpu[^>]*>2</vcpu>$")
        self.assertRegex(diff, r"(?m)^\+  <vcpu[^>]*>3</vcpu>$")
        self.assertEqual(self.reeve("-q", "diff", "web", newest["revision"]), "")
        self.assertEqual(self.reeve("-q", "diff", "web", old, newest["revision"]), diff)

        self.reeve("rollback", "web", old)
        self.assertIn(">2</vcpu>", self.reeve("dumpxml", "web"))
        self.assertEqual(self.history()[0]["what"], f"rollback to {old}")

        self.reeve("undefine", "web")
        self.assertIs(self.history()[0]["removed"], True)
        self.reeve("rollback", "web", old)
        self.assertIn(">2</vcpu>", self.reeve("dumpxml", "web"))

    def test_history_refused(self):
        for words in (["history", "nosuch"], ["diff", "web", "4711"], ["rollback", "web", "4711"]):
            with self.subTest(words):
                result = self.client(REEVE, *words)
                self.assertEqual(result.returncode, 1)
                self.assertRegex(result.stderr, r"^error: could not ")

    def test_strict(self):
        """All faults with their places, not the first alone; and a way to go on."""
        self.write("<vcpuu>2</vcpuu>\n  <memori>1</memori>")
        result = self.client(REEVE, "define", self.file)
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"{self.file}:6:3: domain/vcpuu: ", result.stderr)
        self.assertIn("did you mean <vcpu>?", result.stderr)
        self.assertIn(f"{self.file}:7:3: domain/memori: ", result.stderr)
        self.assertIn("remedy: mend the document; `reeve define --lenient`", result.stderr)

        self.reeve("define", "--lenient", self.file)
        info = json.loads(self.reeve("-o", "json", "dominfo", "web"))
        self.assertTrue(any("vcpuu" in warning for warning in info["warnings"]), info)
        self.assertIn("Warnings:", self.reeve("dominfo", "web"))
        result = self.client(REEVE, "check", "web")
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stdout, r"web: 6:3: domain/vcpuu: .*did you mean <?vcpu")
        self.assertEqual(self.client(REEVE, "check", "--lenient", "web").returncode, 0)

    def test_against(self):
        """What a guest would see change is told; what it cannot see is not."""
        whole = self.reeve("dumpxml", "--inactive", "web")
        self.file.write_text(whole.replace("<title>", "<title>another "))
        self.assertIn("no difference", self.reeve("check", "--against", "web", self.file))
        self.file.write_text(whole.replace(">2</vcpu>", ">3</vcpu>"))
        self.assertNotEqual(self.file.read_text(), whole)
        result = self.client(REEVE, "check", "--against", "web", self.file)
        self.assertEqual(result.returncode, 1)
        self.assertIn("domain/vcpu", result.stdout)
        result = self.client(REEVE, "check", "--against", "nobody", self.file)
        self.assertIn("could not compare with domain 'nobody'", result.stderr)

    def test_several_files(self):
        """One that is refused does not keep the others away."""
        bad, good = self.folder / "bad.xml", self.folder / "good.xml"
        bad.write_text("<domain/>")
        good.write_text(test_xml("good"))
        result = self.client(REEVE, "define", bad, good)
        self.assertEqual(result.returncode, 1)
        self.assertIn("Domain 'good' defined from", result.stdout)
        self.assertIn("bad.xml", result.stderr)
        self.reeve("undefine", "good")
        self.assertIn("defined from -", self.reeve("define", "-", stdin=test_xml("stdin")))
        self.reeve("undefine", "stdin")

    def test_jobs(self):
        self.assertEqual(json.loads(self.reeve("-o", "json", "jobs")), [])
        self.assertIn("Domain", self.reeve("jobs", "web"))
        result = self.client(REEVE, "cancel", "web")
        self.assertEqual(result.returncode, 1)

    def test_pane(self):
        """reeve:///system shows the domains of all drivers."""
        uri = self.daemon.uri("reeve")
        names = run(REEVE, "-c", uri, "list", "--all", "--name").split()
        self.assertIn("web", names)
        (uri,) = run(REEVE, "-c", "reeve:///system", "--socket", self.daemon.socket, "uri").split()
        self.assertEqual(uri, "reeve:///system")


@unittest.skipUnless(OURS, "libvirtd's test driver has no console")
class Consoles(Base):
    def setUp(self):
        xml = test_xml("web").replace(
            "</domain>", "<devices><console type='pty'/></devices></domain>"
        )
        self.domain = self.connection.defineXML(xml)
        self.addCleanup(self.domain.undefine)

    def open(self, *words):
        console = Console(REEVE, "-c", self.uri, *words)
        self.addCleanup(console.close)
        return console

    def test_console(self):
        self.domain.create()
        self.addCleanup(self.domain.destroy)
        console = self.open("console", "web")
        console.expect("Escape character is ^] (Ctrl + ])")
        console.type("echo a-b\r")
        console.expect("a-b")
        self.assertEqual(console.leave(), 0)

    def test_other_escape(self):
        self.domain.create()
        self.addCleanup(self.domain.destroy)
        console = self.open("-e", "^a", "console", "web")
        console.expect("Escape character is ^A (Ctrl + A)")
        self.assertEqual(console.leave("\x01"), 0)

    def test_taken(self):
        """A console has one user; --force takes it over."""
        self.domain.create()
        self.addCleanup(self.domain.destroy)
        first = self.open("console", "web")
        first.expect("Escape character")
        second = self.open("console", "web")
        second.expect("error: could not connect to the console of domain 'web': ")
        self.assertEqual(ended(second), 1)
        third = self.open("console", "web", "--force")
        third.expect("Escape character")
        ended(first)
        self.assertEqual(third.leave(), 0)

    def test_end_of_domain(self):
        """The console ends when the domain does."""
        console = self.open("start", "web", "--console")
        console.expect("Escape character")
        self.domain.destroy()
        ended(console)


class Kvm(Base):
    """The same commands about a real guest."""

    scheme = "qemu"

    def setUp(self):
        disk = self.daemon.root / "disk.img"
        disk.write_bytes(b"")
        os.truncate(disk, 1 << 20)
        disk.chmod(0o666)
        devices = f"""
            <disk type='file' device='disk'><driver name='qemu' type='raw'/>
              <source file='{disk}'/><target dev='vda' bus='virtio'/></disk>
            <disk type='file' device='cdrom'><target dev='hda' bus='ide'/></disk>
            <interface type='user'><model type='virtio'/></interface>
            <serial type='pty'/>
            <graphics type='vnc' port='-1' autoport='yes' passwd='secret'/>"""
        self.domains = [
            self.connection.defineXML(tiny_xml(name, devices=devices)) for name in ("one", "two")
        ]
        for domain in self.domains:
            self.addCleanup(domain.undefine)
        self.domains[0].create()
        self.addCleanup(self.domains[0].destroy)

    def test_reads(self):
        for line in READS + KVM_READS:
            with self.subTest(line):
                one = self.domains[0]
                line = line.replace("UUID", one.UUIDString()).replace("ID", str(one.ID()))
                self.both(line)

    def test_console(self):
        with Console(REEVE, "-c", self.uri, "console", "one") as console:
            console.expect("Escape character is ^] (Ctrl + ])")
            self.assertEqual(console.leave(), 0)


if __name__ == "__main__":
    unittest.main()
