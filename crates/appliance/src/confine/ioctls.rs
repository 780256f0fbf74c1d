//! Commands to devices, by their type and number; the kernel checks the size that a command also carries.
//!
//! Sources: `linux/videodev2.h`, `linux/hidraw.h`, `linux/usbdevice_fs.h`, `drm/drm.h`, `linux/input.h`, `linux/fb.h`, `linux/kd.h`;
//! which of them are used: the sources of `v4l` 0.14, `nokhwa-bindings-linux` 0.1.4, `hidapi` 2.6.7, libusb 1.0.27, `drm` 0.15
//! and `evdev` 0.13.

/// A command and which bits of it count.
#[derive(Clone, Copy)]
pub(super) struct Ioctl {
    pub(super) mask: u64,
    pub(super) value: u64,
}

const fn exactly(value: u64) -> Ioctl {
    Ioctl { mask: 0xffff_ffff, value }
}

/// Type and number, whatever the size.
const fn numbered(kind: u8, number: u8) -> Ioctl {
    Ioctl { mask: 0xffff, value: (kind as u64) << 8 | number as u64 }
}

#[allow(clippy::indexing_slicing, reason = "done by the compiler, which checks it")]
const fn all<const N: usize>(kind: u8, numbers: [u8; N]) -> [Ioctl; N] {
    let mut commands = [numbered(kind, 0); N];
    let mut at = 0;
    while at < N {
        commands[at] = numbered(kind, numbers[at]);
        at += 1;
    }
    commands
}

/// Of any open file: whether it blocks (`FIONBIO`), whether a program that is started inherits it (`FIOCLEX`).
pub(super) const ANY: [Ioctl; 2] = [exactly(0x5421), exactly(0x5451)];

/// V4L2: capabilities, formats, sizes, intervals, buffers, streaming. No controls.
pub(super) const VIDEO: [Ioctl; 14] = all(b'V', [0, 2, 4, 5, 8, 9, 15, 17, 18, 19, 21, 22, 74, 75]);

/// V4L2, once it streams: buffers, and the end of it.
pub(super) const STREAMING: [Ioctl; 4] = all(b'V', [8, 15, 17, 19]);

/// hidraw: the size of the report descriptor.
pub(super) const HIDRAW: [Ioctl; 1] = [numbered(b'H', 0x01)];

/// usbfs: transfers submitted, reaped and discarded, the interface claimed and released, capabilities.
pub(super) const USBFS: [Ioctl; 6] = all(b'U', [10, 11, 13, 15, 16, 26]);

/// Kernel mode setting with dumb buffers. Nothing below 0xa0 that a driver defines for itself.
pub(super) const SCREEN: [Ioctl; 35] = all(
    b'd',
    [
        0x00, 0x01, 0x02, 0x07, 0x09, 0x0c, 0x0d, 0x1e, 0x1f, 0xa0, 0xa1, 0xa2, 0xa4, 0xa6, 0xa7, 0xaa, 0xab, 0xac,
        0xad, 0xae, 0xaf, 0xb0, 0xb1, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xbc, 0xbd, 0xbe,
    ],
);

/// The framebuffer's geometry, read; the console: its mode (`KDSETMODE`) and its keyboard's (`KDSKBMODE`).
pub(super) const CONSOLE: [Ioctl; 4] =
    [numbered(b'F', 0x00), numbered(b'F', 0x02), numbered(b'K', 0x3a), numbered(b'K', 0x45)];

/// Input devices: whatever reads, the clock of their events, and that no one else hears them (`EVIOCGRAB`).
pub(super) const INPUT: [Ioctl; 3] =
    [Ioctl { mask: 0xc000_ff00, value: 0x8000_4500 }, numbered(b'E', 0x90), numbered(b'E', 0xa0)];
