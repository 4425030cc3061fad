# SPDX-License-Identifier: LGPL-2.1-or-later
"""Images under the daemon: how they come in, what containers make of them, how they go."""

import io
import json
import os
import shutil
import signal
import subprocess
import tarfile
import unittest

from harness.daemon import BUILD, Reeved
from harness.guest import Console
from harness.image import Registry, change_config, image_xml, make_layout, missing_tools
from harness.process import run, wait_for

SAY = "echo image says: $GREETING as $(id -u) in $(pwd) $0; echo \"kept: $(cat /var/kept 2>&1)\"; " \
    "echo written >/var/kept; trap 'echo asked to stop; exit 0' USR1; while true; do sleep 1; done"
CONFIG = (
    "--config.entrypoint", "/bin/sh", "--config.cmd", "-c", "--config.cmd", SAY,
    "--config.env", "GREETING=hello", "--config.workingdir", "/tmp", "--config.stopsignal", "SIGUSR1",
)


@unittest.skipUnless(os.geteuid() == 0, "needs root")
@unittest.skipIf(missing_tools(), f"needs {', '.join(missing_tools())}")
class Images(unittest.TestCase):
    def setUp(self):
        self.daemon = Reeved(conf="stats_interval = 1").start()
        self.addCleanup(self.daemon.close)
        self.addCleanup(self.destroy_all)
        self.store = self.daemon.root / "var/lib/reeve/drivers/container/images"

    def destroy_all(self):
        for name in self.virsh("list", "--name").split():
            self.virsh("destroy", name, ok=False)

    def virsh(self, *args, **how):
        return self.daemon.virsh(*args, scheme="lxc", **how)

    def image(self, *args, **how):
        return self.daemon.reeve("image", *args, **how)

    def images(self):
        return json.loads(self.daemon.reeve("-o", "json", "image", "list"))

    def names(self):
        return sorted(name for image in self.images() for name in image["names"])

    def layout(self, name="web", *config, **how):
        return make_layout(self.daemon.root / name, *config, **how)

    def define(self, name="web", **how):
        path = self.daemon.root / f"{name}.xml"
        path.write_text(image_xml(name, how.pop("image", "web:1"), **how))
        self.daemon.reeve("define", path)

    def log(self, name="web"):
        path = self.daemon.root / f"var/log/reeve/guests/{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def wait_for_log(self, text, name="web"):
        wait_for(f"'{text}' in the log", lambda: text in self.log(name), 30)

    def assert_nothing_left(self):
        self.assertEqual(self.images(), [])
        for folder in ("tmp", "layers", "configs"):
            self.assertEqual(list((self.store / folder).iterdir()), [], folder)

    def test_ways_in(self):
        """One image by every way in is one image, with many names."""
        layout = self.layout("web", *CONFIG)
        archive, docker = self.daemon.root / "oci.tar", self.daemon.root / "docker.tar"
        subprocess.run(["tar", "-C", layout, "-czf", archive, "."], check=True)
        subprocess.run(["skopeo", "copy", "-q", "--insecure-policy", f"oci:{layout}:latest",
                        f"docker-archive:{docker}:made/by-docker:2"], check=True)
        self.image("import", f"{layout}:latest", "--name", "web:1")
        self.image("import", f"oci:{layout}", "--name", "web:2")
        self.image("import", archive, "--name", "web:3")
        self.image("import", f"docker-archive:{docker}")
        (image,) = self.images()
        self.assertEqual(len(image["names"]), 4)
        self.assertIn("docker.io/made/by-docker:2", image["names"])
        shown = json.loads(self.daemon.reeve("-o", "json", "image", "inspect", image["id"][:12]))
        self.assertEqual(shown["config"]["config"]["WorkingDir"], "/tmp")
        self.image("remove", image["id"])
        self.assert_nothing_left()

    @unittest.skipUnless(shutil.which("docker-registry"), "needs docker-registry")
    def test_pull(self):
        registry = Registry(self.daemon.root / "registry")
        self.addCleanup(registry.close)
        registry.push(self.layout(), "team/web:1")
        name = f"{registry.host}/team/web:1"
        refused = self.image("pull", name, ok=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("cannot fetch", refused.stderr)
        self.assertEqual(self.images(), [])
        self.image("pull", name, "--insecure")
        self.assertEqual(self.names(), [name])
        self.image("remove", name)
        self.assert_nothing_left()

    def test_life(self):
        """What the image says is done; what the container writes stays until it is undefined."""
        self.image("import", f"{self.layout('web', *CONFIG)}:latest", "--name", "web:1")
        self.define()
        self.virsh("start", "web")
        self.wait_for_log("image says: hello as 0 in /tmp")
        self.wait_for_log("kept: cat: can't open")
        refused = self.image("remove", "web:1", ok=False)
        self.assertIn("is used by the container", refused.stderr)
        self.virsh("shutdown", "web")
        self.wait_for_log("asked to stop")
        wait_for("the end", lambda: "shut off" in self.virsh("domstate", "web"), 30)
        self.virsh("start", "web")
        self.wait_for_log("kept: written")
        self.virsh("destroy", "web")
        self.virsh("undefine", "web")
        wait_for("nothing to be left", lambda: not list((self.store / "writable").iterdir()), 30)
        self.image("remove", "web:1")
        self.assert_nothing_left()

    def test_definition_over_image(self):
        self.image("import", f"{self.layout('web', *CONFIG)}:latest", "--name", "web:1")
        program = "<init>/bin/sh</init><initarg>-c</initarg>" \
            "<initarg>echo own $GREETING in $(pwd); touch /x || echo locked; sleep 1000</initarg>" \
            "<initenv name='GREETING'>words</initenv><initdir>/etc</initdir>"
        self.define(os=program, more="readonly='yes'")
        self.virsh("start", "web")
        self.wait_for_log("own words in /etc")
        self.wait_for_log("locked")

    def test_volumes(self):
        """They can be written to where the root cannot, and stay; links lead nowhere."""
        layout = self.layout("web", *CONFIG, "--config.volume", "/data/deep", "--config.volume", "/var")
        self.image("import", f"{layout}:latest", "--name", "web:1")
        program = "<init>/bin/sh</init><initarg>-c</initarg><initarg>cat /data/deep/x /var/x; touch /x || " \
            "echo locked; echo stays | dd of=/data/deep/x; echo more | dd of=/var/x; ls -ld /data/deep; " \
            "echo end; sleep 1000</initarg>"
        self.define(os=program, more="readonly='yes'")
        self.virsh("start", "web")
        self.wait_for_log("end")
        self.assertIn("locked", self.log())
        self.assertRegex(self.log(), "root +root")
        self.virsh("destroy", "web")
        self.virsh("start", "web")
        self.wait_for_log("stays")
        self.wait_for_log("more")

    def test_volume_behind_a_link(self):
        outside = self.daemon.root / "outside"
        outside.mkdir()
        layout = self.layout("web", "--config.volume", "/data/x",
                             more=lambda root: (root / "data").symlink_to(f"/../../../{outside}"))
        self.image("import", f"{layout}:latest", "--name", "web:1")
        self.define(os="<init>/bin/sh</init>", more="readonly='yes'")
        failed = self.virsh("start", "web", ok=False)
        self.assertIn("cannot make the image's volume '/data/x'", failed.stderr)
        self.assertEqual(list(outside.iterdir()), [])

    def test_health(self):
        """As the image has it, unless the definition says that nobody is to look."""
        layout = self.layout("web", *CONFIG)
        second = 10**9
        change_config(layout, lambda config: config.update(Healthcheck={
            "Test": ["CMD-SHELL", "echo looked >>/var/looked; exit 1"], "Interval": second,
            "Timeout": 5 * second, "Retries": 2}))
        self.image("import", f"{layout}:latest", "--name", "web:1")
        self.define()
        self.virsh("start", "web")
        told = lambda: self.daemon.reeve("failures", "web", scheme="lxc")  # noqa: E731
        wait_for("its failure", lambda: "health check has failed 2 times" in told(), 30)
        self.assertIn("retries='2'", self.virsh("dumpxml", "web"))
        self.assertNotIn("retries='2'", self.virsh("dumpxml", "web", "--inactive"))
        self.assertIn("looked", self.daemon.reeve("exec", "web", "cat", "/var/looked", scheme="lxc"))
        self.virsh("destroy", "web")
        self.virsh("undefine", "web")
        path = self.daemon.root / "web.xml"
        path.write_text(path.read_text().replace("</devices>", "</devices><reeve:run xmlns:reeve="
                        "'urn:reeve:container'><reeve:health action='ignore'/></reeve:run>"))
        self.virsh("define", path)
        self.virsh("start", "web")
        self.assertNotIn("retries='2'", self.virsh("dumpxml", "web"))

    def test_missing(self):
        self.define(image="nowhere:1")
        failed = self.virsh("start", "web", ok=False)
        self.assertIn("there is no image 'nowhere:1'", failed.stderr)
        self.assertFalse((self.store / "writable").exists() and
                         list((self.store / "writable").iterdir()))

    def reeve_exec(self, *args, **how):
        return self.daemon.reeve("exec", *args, ok=False, **how)

    def test_exec(self):
        """Programs beside the first one: their output, input, user, end."""
        self.image("import", f"{self.layout('web', *CONFIG)}:latest", "--name", "web:1")
        self.define()
        self.virsh("start", "web")
        self.wait_for_log("image says")
        shown = self.reeve_exec("web", "sh", "-c", "echo out; echo err >&2; exit 7")
        self.assertEqual((shown.stdout, shown.stderr, shown.returncode), ("out\n", "err\n", 7))
        shown = self.reeve_exec("web", "sh", "-c", "echo $GREETING; pwd; id -u; ls /proc/self/fd")
        self.assertEqual(shown.stdout.split(), ["hello", "/tmp", "0", "0", "1", "2", "3"])
        shown = self.reeve_exec("-i", "web", "cat", stdin="through\n" * 50000)
        self.assertEqual((len(shown.stdout), shown.returncode), (400000, 0))
        shown = self.reeve_exec("-u", "tester", "-w", "/etc", "-e", "A=b", "web", "sh", "-c",
                                "id -u; id -g; pwd; echo $A; grep CapEff /proc/self/status")
        self.assertEqual(shown.stdout.split()[:4], ["1000", "1001", "/etc", "b"])
        self.assertEqual(shown.stdout.split()[5], "0000000000000000")
        shown = self.reeve_exec("web", "sh", "-c", "kill -9 $$")
        self.assertEqual(shown.returncode, 137)
        shown = self.reeve_exec("web", "/no/such/program")
        self.assertEqual(shown.returncode, 1)
        self.assertIn("cannot run '/no/such/program'", shown.stderr)

    def test_exec_terminal(self):
        self.image("import", f"{self.layout('web', *CONFIG)}:latest", "--name", "web:1")
        self.define()
        self.virsh("start", "web")
        self.wait_for_log("image says")
        terminal = Console(BUILD / "cli/reeve", "-c", self.daemon.uri("reeve"), "exec", "-it",
                           "web", "/bin/sh")
        self.addCleanup(terminal.close)
        terminal.type("tty; echo in a ter''minal; exit 3\n")
        terminal.expect("/dev/pts/")
        terminal.expect("in a terminal")

    def test_exec_of_gone_client(self):
        """Who leaves takes the program along."""
        self.image("import", f"{self.layout('web', *CONFIG)}:latest", "--name", "web:1")
        self.define()
        self.virsh("start", "web")
        self.wait_for_log("image says")
        client = subprocess.Popen(
            [BUILD / "cli/reeve", "-c", self.daemon.uri("reeve"), "exec", "web", "sleep", "4711"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        asleep = lambda: "sleep 4711" in self.reeve_exec("web", "ps").stdout
        wait_for("the program", asleep, 30)
        client.kill()
        client.wait()
        wait_for("its end", lambda: not asleep(), 30)

    def hostile(self, *members):
        path = self.daemon.root / "hostile.tar"
        with tarfile.open(path, "w") as tar:
            for name, kind, text in members:
                info = tarfile.TarInfo(name)
                info.type = kind
                if kind == tarfile.REGTYPE:
                    info.size = len(text)
                    tar.addfile(info, io.BytesIO(text.encode()))
                else:
                    info.linkname = text
                    tar.addfile(info)
        return path

    def test_hostile(self):
        canary = self.daemon.root / "canary"
        canary.write_text("alive")
        plain, link = tarfile.REGTYPE, tarfile.SYMTYPE
        rows = [
            ((("../canary", plain, "dead"),), "'..'"),
            ((("index.json", plain, "{}"),), "'manifests' is missing"),
            ((("index.json", plain, "{}"), ("index.json", plain, "{}")), "twice"),
            ((("blobs", link, "/"), ("index.json", plain, "{}")), "'manifests' is missing"),
            ((("manifest.json", plain, '[{"Config": "../canary", "Layers": ["x"]}]'),), "'..'"),
            ((("manifest.json", plain, '[{"Config": "/etc/passwd", "Layers": ["x"]}]'),),
             "cannot open"),
            ((("something", plain, "else"),), "neither an OCI layout nor"),
        ]
        for members, text in rows:
            with self.subTest(text):
                refused = self.image("import", self.hostile(*members), ok=False)
                self.assertEqual(refused.returncode, 1)
                self.assertIn(text, refused.stderr)
        self.assertEqual(canary.read_text(), "alive")
        self.assert_nothing_left()

    def fill(self, root):
        (root / "random").write_bytes(os.urandom(48 << 20))

    def begin_import(self, layout):
        command = [BUILD / "cli/reeve", "-c", self.daemon.uri("reeve"), "image", "import",
                   f"{layout}:latest", "--name", "large:1"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True)
        wait_for("the import to write", lambda: list(self.store.glob("tmp/*/layer-0/*")), 30)
        return process

    def test_killed(self):
        """kill -9 in the middle leaves nothing that the next daemon does not remove."""
        layout = self.layout(more=self.fill)
        process = self.begin_import(layout)
        self.daemon.end(signal.SIGKILL)
        process.communicate(timeout=30)
        self.daemon.start()
        self.assert_nothing_left()
        self.image("import", f"{layout}:latest", "--name", "large:1")
        self.assertEqual(self.names(), ["large:1"])

    def test_at_once(self):
        """The same image by several at the same time, while others sweep."""
        layout = self.layout("web", *CONFIG,
                             more=lambda root: (root / "random").write_bytes(os.urandom(4 << 20)))
        command = [BUILD / "cli/reeve", "-c", self.daemon.uri("reeve"), "image"]
        imports = [subprocess.Popen([*command, "import", f"{layout}:latest", "--name", f"web:{i}"],
                                    stdout=subprocess.DEVNULL) for i in range(6)]
        while any(process.poll() is None for process in imports):
            self.image("prune")
        self.assertEqual([process.returncode for process in imports], [0] * 6)
        self.assertEqual(self.names(), [f"web:{i}" for i in range(6)])
        self.define()
        self.virsh("start", "web")
        self.virsh("destroy", "web")

    def test_disk_full(self):
        """What could not be written has not happened, and leaves nothing."""
        self.store.mkdir(parents=True)
        run("mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "tmpfs", self.store)
        self.addCleanup(run, "umount", "-l", self.store)
        layout, more = self.layout(), self.daemon.root / "more"
        more.mkdir()
        (more / "random").write_bytes(os.urandom(8 << 20))
        run("umoci", "insert", "--image", f"{layout}:latest", "--tag", "large", more, "/more")
        told = self.image("import", f"{layout}:large", "--name", "large:1", ok=False).stderr
        self.assertIn("layer 2 of 2: cannot write 'more/random': No space left on device", told)
        self.assert_nothing_left()
        self.image("import", f"{layout}:latest", "--name", "small:1")
        fill = self.store / "fill"
        with self.assertRaises(OSError), open(fill, "wb") as file:
            file.write(bytes(8 << 20))
        for command in (("remove", "small:1"), ("prune", "--all")):
            self.assertIn("No space left", self.image(*command, ok=False).stderr)
            self.assertEqual(self.names(), ["small:1"])
        fill.unlink()
        self.image("remove", "small:1")
        self.assert_nothing_left()

    def test_interrupted(self):
        process = self.begin_import(self.layout(more=self.fill))
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=30)
        if process.returncode == 0:  # it was faster than we
            self.skipTest("the import was done before it could be cancelled")
        self.assertIn("cancelled", output)
        wait_for("nothing to be left", lambda: not list((self.store / "tmp").iterdir()), 30)
        self.assert_nothing_left()


if __name__ == "__main__":
    unittest.main()
