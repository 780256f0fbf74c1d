//! Kernel mode setting: two buffers, shown in turn.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

use drm::buffer::{Buffer, DrmFourcc};
use drm::control::dumbbuffer::DumbBuffer;
use drm::control::{ClipRect, Device as _, Event, Mode, ModeTypeFlags, PageFlipFlags, connector, crtc, framebuffer};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use vitrine_app::raster::Area;

use super::Surface;
use super::pixels::{Format, rows};

/// How long a flip may take; a screen of 24 pictures a second needs 42 ms.
const FLIP_MS: i64 = 100;

struct Card(File);

impl AsFd for Card {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl drm::Device for Card {}
impl drm::control::Device for Card {}

/// A connector with a screen, what drives it, and how.
#[derive(Clone, PartialEq)]
struct Output {
    connector: connector::Handle,
    crtc: crtc::Handle,
    mode: Mode,
    size_mm: Option<(u32, u32)>,
}

struct Page {
    buffer: DumbBuffer,
    framebuffer: framebuffer::Handle,
    /// What it does not show yet of the last picture.
    missing: Vec<Area>,
}

/// A screen by kernel mode setting.
pub struct Kms {
    card: Card,
    output: Output,
    /// What is shown, and what is drawn next.
    pages: [Page; 2],
    is_set: bool,
    flips: bool,
}

impl Kms {
    /// The first screen of the cards in a folder, usually `/dev/dri`.
    ///
    /// # Errors
    /// A sentence: no card may be opened, or none has a screen.
    pub fn open(folder: &Path) -> Result<Self, String> {
        let mut why = format!("{} has no card", folder.display());
        for number in 0..8 {
            let path = folder.join(format!("card{number}"));
            let opened = File::options().read(true).write(true).open(&path);
            let set_up = opened.map_err(|error| error.to_string()).and_then(|file| Self::set_up(Card(file)));
            match set_up {
                Ok(kms) => return Ok(kms),
                Err(error) if path.exists() => why = format!("{}: {error}", path.display()),
                Err(_) => {}
            }
        }
        Err(why)
    }

    fn set_up(card: Card) -> Result<Self, String> {
        let output = output(&card, true).map_err(|why| why.to_string())?.ok_or("no screen is connected")?;
        let pages = pages(&card, &output).map_err(|why| format!("no memory for pictures: {why}"))?;
        Ok(Self { card, output, pages, is_set: false, flips: true })
    }

    /// Shows the page that was drawn, and waits until it is seen.
    fn turn(&mut self) -> io::Result<()> {
        let [_, drawn] = &self.pages;
        let flipped = self.is_set && self.flips && self.flip(drawn.framebuffer)?;
        // A driver that cannot flip, or that does not say when it did, is set anew for each picture.
        self.flips &= flipped || !self.is_set;
        if !flipped {
            let Output { connector, crtc, mode, .. } = self.output;
            self.card.set_crtc(crtc, Some(drawn.framebuffer), (0, 0), &[connector], Some(mode))?;
            self.is_set = true;
            // Drivers that keep a copy of their own are told to take it; others know no such call.
            let (width, height) = self.output.mode.size();
            let _ = self.card.dirty_framebuffer(drawn.framebuffer, &[ClipRect::new(0, 0, width, height)]);
        }
        self.pages.reverse();
        Ok(())
    }

    /// False if this driver cannot flip, or did not within the time.
    fn flip(&self, to: framebuffer::Handle) -> io::Result<bool> {
        if self.card.page_flip(self.output.crtc, to, PageFlipFlags::EVENT, None).is_err() {
            return Ok(false);
        }
        let limit = Timespec { tv_sec: 0, tv_nsec: FLIP_MS * 1_000_000 };
        let mut fds = [PollFd::new(&self.card, PollFlags::IN)];
        loop {
            match poll(&mut fds, Some(&limit)) {
                Ok(0) => return Ok(false),
                Ok(_) => {}
                Err(rustix::io::Errno::INTR) => continue,
                Err(why) => return Err(why.into()),
            }
            if self.card.receive_events()?.any(|event| matches!(event, Event::PageFlip(_))) {
                return Ok(true);
            }
        }
    }

    fn draw(&mut self, picture: &[u8], areas: &[Area]) -> io::Result<()> {
        self.pages.iter_mut().for_each(|page| page.missing.extend_from_slice(areas));
        let (width, _) = size(&self.output);
        let [_, next] = &mut self.pages;
        let missing = std::mem::take(&mut next.missing);
        let pitch = usize::try_from(next.buffer.pitch()).unwrap_or(usize::MAX);
        let mut memory = self.card.map_dumb_buffer(&mut next.buffer)?;
        for area in missing {
            for (row, pixels) in rows(picture, width, area) {
                let start = row.saturating_mul(pitch).saturating_add(area.left * 4);
                let end = start.saturating_add((area.right - area.left) * 4);
                Format::Xrgb8888.store(pixels, memory.get_mut(start..end).unwrap_or_default());
            }
        }
        Ok(())
    }

    fn leave(&mut self) {
        for page in &self.pages {
            let _ = self.card.destroy_framebuffer(page.framebuffer);
            let _ = self.card.destroy_dumb_buffer(page.buffer);
        }
    }
}

impl Drop for Kms {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Surface for Kms {
    fn size_px(&self) -> (usize, usize) {
        size(&self.output)
    }

    fn size_mm(&self) -> Option<(u32, u32)> {
        self.output.size_mm
    }

    fn show(&mut self, picture: &[u8], areas: &[Area]) -> Result<(), String> {
        let shown = self.draw(picture, areas).and_then(|()| self.turn());
        shown.map_err(|why| format!("the screen does not take a picture: {why}"))
    }

    fn look(&mut self) -> Result<bool, String> {
        let found = output(&self.card, false).map_err(|why| format!("the screens cannot be looked at: {why}"))?;
        // Without any screen the last one stays set: it may be plugged in again.
        let Some(found) = found.filter(|found| *found != self.output) else { return Ok(false) };
        let pages = pages(&self.card, &found).map_err(|why| format!("no memory for pictures: {why}"))?;
        self.leave();
        (self.output, self.pages, self.is_set, self.flips) = (found, pages, false, true);
        Ok(true)
    }
}

fn size(output: &Output) -> (usize, usize) {
    let (width, height) = output.mode.size();
    (usize::from(width), usize::from(height))
}

/// The first connector that has a screen, with the mode that the screen prefers. `probe` asks the screen itself, which
/// takes long; otherwise the kernel says what it knows.
fn output(card: &Card, probe: bool) -> io::Result<Option<Output>> {
    let resources = card.resource_handles()?;
    for handle in resources.connectors() {
        let info = card.get_connector(*handle, probe)?;
        let preferred = |mode: &&Mode| mode.mode_type().contains(ModeTypeFlags::PREFERRED);
        let mode = info.modes().iter().find(preferred).or(info.modes().first());
        let (connector::State::Connected, Some(mode)) = (info.state(), mode) else { continue };
        let current = info.current_encoder().and_then(|encoder| card.get_encoder(encoder).ok()?.crtc());
        let possible = || {
            let encoders = info.encoders().iter().filter_map(|encoder| card.get_encoder(*encoder).ok());
            encoders.flat_map(|encoder| resources.filter_crtcs(encoder.possible_crtcs())).next()
        };
        if let Some(crtc) = current.or_else(possible) {
            return Ok(Some(Output { connector: *handle, crtc, mode: *mode, size_mm: info.size() }));
        }
    }
    Ok(None)
}

fn pages(card: &Card, output: &Output) -> io::Result<[Page; 2]> {
    Ok([page(card, output)?, page(card, output)?])
}

fn page(card: &Card, output: &Output) -> io::Result<Page> {
    let (width, height) = output.mode.size();
    let buffer = card.create_dumb_buffer((width.into(), height.into()), DrmFourcc::Xrgb8888, 32)?;
    let framebuffer = card.add_framebuffer(&buffer, 24, 32)?;
    Ok(Page { buffer, framebuffer, missing: Vec::new() })
}
