//! The first process: starts everything, lets USB devices in, supervises.
//!
//! It is the one that the kernel starts, and the kernel stops dead if it ends: so it never does. Whatever breaks down, here or
//! in another process, leads to [`stop`]: every other process is ended, a fresh one shows why, and this one waits until the
//! machine is switched off.

pub mod children;
pub mod farewell;
pub mod household;
pub mod plugs;
pub mod selftest;
pub mod setup;
pub mod shared;
pub mod stick;
pub mod supervise;
pub mod usb;

use std::fs::OpenOptions;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use nix::sys::reboot::{RebootMode, reboot};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::{Pid, sync};

use crate::broker::Notice;
use crate::broker::message::Answer;
use crate::broker::wire;
use children::{Part, Running};
use farewell::Farewell;
use household::Household;
use setup::Unsafe;
use supervise::End;

/// An interface that was silent for so long is ended.
pub const SILENCE_MAX: Duration = Duration::from_secs(10);
/// How often the last screen is started before the plain text takes its place.
const LAST_SCREENS: u32 = 3;
/// A last screen that ran for so long was seen.
const SCREEN_SEEN: Duration = Duration::from_secs(5);

/// What the first process does, for as long as the machine is on.
pub fn main() -> ! {
    set_hook(Box::new(|panic| setup::log(&format!("panic: {}", vitrine_review::escape(&panic.to_string())))));
    let mut house = None;
    let end = catch_unwind(AssertUnwindSafe(|| live(&mut house)));
    let end =
        end.unwrap_or_else(|panic| End::Stop(format!("the first process broke down: {}", supervise::words(&panic))));
    match end {
        End::PowerOff => power_off(),
        End::Stop(why) => loop {
            // The last words break down at worst into silence, which the next turn tries to break.
            let _ = catch_unwind(AssertUnwindSafe(|| stop(&why, house.as_deref())));
        },
    }
}

fn live(house: &mut Option<Arc<Household>>) -> End {
    let prepared = prepare();
    let missing = match prepared {
        Ok(missing) => missing,
        Err(problem) => return End::Stop(format!("this machine cannot be made safe: {problem}")),
    };
    let made = household(missing);
    match made {
        Ok(made) => supervise::run(house.insert(Arc::new(made))),
        Err(e) => End::Stop(format!("the first process lacks a part ({e})")),
    }
}

/// Closes the system; modules that were not loaded are returned.
fn prepare() -> Result<Vec<String>, Unsafe> {
    setup::mounts()?;
    let missing = setup::modules()?;
    setup::leave_network()?;
    let absent = setup::switches(Path::new("/proc/sys"))?;
    setup::seal_root()?;
    setup::leave_terminal()?;
    let consoles = setup::release_screen(Path::new("/sys"));
    setup::log(&format!(
        "prepared; consoles off the screen: {consoles}; switches that this kernel has not: {absent:?}"
    ));
    Ok(missing)
}

fn household(missing: Vec<String>) -> std::io::Result<Household> {
    let notices = Arc::new(shared::Notices::default());
    for module in missing {
        notices.say(
            format!("A part of the kernel was not loaded: {module}."),
            "What needs it will not work. Go on if nothing is missing.",
        );
    }
    let tell = notices.clone();
    let stick = stick::Worker::start(stick::System, move |notice: Notice| tell.tell(notice))?;
    Ok(Household::new(stick, notices))
}

/// Ends every other process and shows why, for as long as the machine is on.
fn stop(why: &str, house: Option<&Household>) {
    setup::log(&format!("safe stop: {why}"));
    end_others();
    let farewell = match house {
        Some(house) => house.stick.kept(|keep| Farewell::of(why, Some(keep))),
        None => Farewell::of(why, None),
    };
    for _ in 0..LAST_SCREENS {
        let begun = std::time::Instant::now();
        match show(&farewell) {
            Ok(mut screen) => {
                while screen.ended().is_none() {
                    thread::sleep(Duration::from_millis(200));
                }
            }
            Err(e) => setup::log(&format!("the last screen cannot be started: {e}")),
        }
        if begun.elapsed() > SCREEN_SEEN {
            break;
        }
    }
    write_plainly(&farewell);
    loop {
        // Whoever ended is taken off the kernel's list; there is nothing else left to do.
        while waitpid(None, Some(WaitPidFlag::WNOHANG)).is_ok_and(|status| status.pid().is_some()) {}
        thread::sleep(Duration::from_secs(1));
    }
}

/// Every process but this one and the kernel's own.
fn end_others() {
    // With none there, this is an error that says so.
    let _ = kill(Pid::from_raw(-1), Signal::SIGKILL);
    for _ in 0..50 {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Err(_) => return,
            Ok(_) => thread::sleep(Duration::from_millis(20)),
        }
    }
}

fn show(farewell: &Farewell) -> std::io::Result<Running> {
    let (running, socket) = Running::start(Part::Stopped, "")?;
    let steps = farewell.steps.iter().map(|step| Notice { text: step.clone(), next: String::new() });
    let what = Notice { text: farewell.what.clone(), next: String::new() };
    let notices = Answer::Notices(std::iter::once(what).chain(steps).collect());
    wire::send(&socket, &notices.encode(0), None)?;
    // The socket closes here: the process has read it, or reads what is left in it.
    Ok(running.without_socket())
}

/// The last resort: plain words on the kernel's console.
fn write_plainly(farewell: &Farewell) {
    setup::return_screen(Path::new("/sys"));
    let text =
        format!("\x1b[2J\x1b[H\r\n  STOPPED SAFELY: {}.\r\n\r\n  {}\r\n", farewell.what, farewell.steps.join("\r\n  "));
    for path in ["/dev/tty0", "/dev/console"] {
        // Where there is no console either, nothing is left to write to.
        let _ = OpenOptions::new().write(true).open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    }
}

fn power_off() -> ! {
    setup::log("switched off");
    end_others();
    sync();
    let _ = reboot(RebootMode::RB_POWER_OFF);
    // A machine without that switch is halted, and says nothing more.
    loop {
        thread::sleep(Duration::from_secs(60));
    }
}
