"""File systems of a test's own, and what can be done to them: cut the power, fill, make read-only. Needs root."""

import fcntl
import os
import pathlib
import struct
import subprocess

EXT4_IOC_SHUTDOWN = 0x8004587D  # _IOR('X', 125, __u32)
NO_LOG_FLUSH = 2


def _run(*words):
    subprocess.run([str(word) for word in words], check=True, capture_output=True, timeout=60)


class Ext4:
    """An ext4 on a loop device. cut() is a power cut: whatever was not synced is gone after remount()."""

    def __init__(self, folder, size_mb=24):
        self.image, self.path = pathlib.Path(folder) / "disk.img", pathlib.Path(folder) / "disk"
        self.path.mkdir()
        with open(self.image, "wb") as file:
            file.truncate(size_mb << 20)
        _run("mkfs.ext4", "-q", "-F", self.image)
        self.mounted = False
        self.mount()

    def mount(self, *options):
        _run("mount", "-o", ",".join(["loop", *options]), self.image, self.path)
        self.mounted = True

    def cut(self):
        handle = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.ioctl(handle, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(handle)

    def remount(self):
        self.unmount()
        self.mount()

    def unmount(self, *options):
        if self.mounted:
            _run("umount", *options, self.path)
            self.mounted = False


class Small:
    """A tmpfs of a few megabytes that can be filled up."""

    def __init__(self, folder, size="3m"):
        self.path = pathlib.Path(folder) / "small"
        self.path.mkdir()
        _run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", self.path)

    def fill(self):
        """Leaves no free block; may be called again when something was freed."""
        with open(self.path / "filler", "ab", buffering=0) as file:
            try:
                while file.write(b"x" * 4096):
                    pass
            except OSError:
                pass

    def free(self):
        (self.path / "filler").unlink()

    def read_only(self, yes):
        _run("mount", "-o", "remount," + ("ro" if yes else "rw"), self.path)

    def unmount(self):
        _run("umount", "-l", self.path)
