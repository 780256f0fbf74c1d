//! Mice, tablets and touch: where the pointer is, in points.

use egui::{Event, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, Vec2, vec2};

use super::keyboard::Change;

/// The range of an axis with a place, as the kernel says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Axis {
    /// The lowest value.
    pub minimum: i32,
    /// The highest value.
    pub maximum: i32,
}

impl Axis {
    /// Where a value lies, from 0 to 1.
    #[expect(clippy::cast_possible_truncation, reason = "a share between 0 and 1")]
    fn share(self, value: i32) -> f32 {
        let (low, high) = (f64::from(self.minimum), f64::from(self.maximum));
        if high <= low { 0.0 } else { ((f64::from(value) - low) / (high - low)).clamp(0.0, 1.0) as f32 }
    }
}

/// The axes of a device that says places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Axes {
    /// From left to right.
    pub x: Axis,
    /// From top to bottom.
    pub y: Axis,
    /// Touching it is a press, as on a touch screen; elsewhere a touch only moves.
    pub touch_presses: bool,
}

const BTN_LEFT: u16 = 0x110;
const BTN_RIGHT: u16 = 0x111;
const BTN_MIDDLE: u16 = 0x112;
const BTN_TOUCH: u16 = 0x14a;

const REL_X: u16 = 0;
const REL_Y: u16 = 1;
const REL_HWHEEL: u16 = 6;
const REL_WHEEL: u16 = 8;

const ABS_X: u16 = 0;
const ABS_Y: u16 = 1;
const ABS_MT_SLOT: u16 = 0x2f;
const ABS_MT_POSITION_X: u16 = 0x35;
const ABS_MT_POSITION_Y: u16 = 0x36;

/// One pointer that every mouse and touch moves.
#[derive(Clone, Debug)]
pub struct Pointer {
    screen: Vec2,
    pixels_per_point: f32,
    at: Pos2,
    moved: bool,
    /// Whether a mouse has moved: only then an arrow is drawn.
    is_shown: bool,
    slot: i32,
}

impl Pointer {
    /// A pointer in the middle of a screen of so many points.
    pub fn new(screen: Vec2, pixels_per_point: f32) -> Self {
        Self { screen, pixels_per_point, at: (screen / 2.0).to_pos2(), moved: false, is_shown: false, slot: 0 }
    }

    /// Goes on with another screen.
    pub fn resize(&mut self, screen: Vec2, pixels_per_point: f32) {
        (self.screen, self.pixels_per_point) = (screen, pixels_per_point);
        self.at = self.at.clamp(Pos2::ZERO, screen.to_pos2());
    }

    /// Where to draw it, if a mouse or a tablet moves it.
    pub fn shown_at(&self) -> Option<Pos2> {
        self.is_shown.then_some(self.at)
    }

    /// A mouse moved, by counts that are taken as pixels, or its wheel did.
    pub fn relative(&mut self, axis: u16, value: i32, modifiers: Modifiers) -> Option<Event> {
        let count = f32::from(i16::try_from(value.clamp(-4_096, 4_096)).unwrap_or_default());
        let delta = match axis {
            REL_X => vec2(count, 0.0),
            REL_Y => vec2(0.0, count),
            REL_WHEEL | REL_HWHEEL => {
                let delta = if axis == REL_WHEEL { vec2(0.0, count) } else { vec2(count, 0.0) };
                let (unit, phase) = (MouseWheelUnit::Line, egui::TouchPhase::Move);
                return Some(Event::MouseWheel { unit, delta, phase, source: MouseWheelSource::Wheel, modifiers });
            }
            _ => return None,
        };
        self.at = (self.at + delta / self.pixels_per_point).clamp(Pos2::ZERO, self.screen.to_pos2());
        (self.moved, self.is_shown) = (true, true);
        None
    }

    /// A place on a tablet or a touch screen. Of several fingers the first counts.
    pub fn absolute(&mut self, axis: u16, value: i32, axes: &Axes) {
        match axis {
            ABS_MT_SLOT => self.slot = value,
            ABS_X => self.at.x = axes.x.share(value) * self.screen.x,
            ABS_Y => self.at.y = axes.y.share(value) * self.screen.y,
            ABS_MT_POSITION_X if self.slot == 0 => self.at.x = axes.x.share(value) * self.screen.x,
            ABS_MT_POSITION_Y if self.slot == 0 => self.at.y = axes.y.share(value) * self.screen.y,
            _ => return,
        }
        self.moved = true;
        self.is_shown = !axes.touch_presses;
    }

    /// A button, or a touch. None if it is not one of the pointer's.
    pub fn button(
        &mut self,
        code: u16,
        change: Change,
        axes: Option<&Axes>,
        modifiers: Modifiers,
    ) -> Option<Vec<Event>> {
        let touch = code == BTN_TOUCH;
        let button = match code {
            BTN_LEFT => PointerButton::Primary,
            BTN_RIGHT => PointerButton::Secondary,
            BTN_MIDDLE => PointerButton::Middle,
            BTN_TOUCH if axes.is_some_and(|axes| axes.touch_presses) => PointerButton::Primary,
            BTN_TOUCH => return Some(Vec::new()),
            _ => return None,
        };
        let pressed = match change {
            Change::Down => true,
            Change::Up => false,
            Change::Repeat => return Some(Vec::new()),
        };
        self.moved = false;
        let mut events =
            vec![Event::PointerMoved(self.at), Event::PointerButton { pos: self.at, button, pressed, modifiers }];
        events.extend((touch && !pressed).then_some(Event::PointerGone));
        Some(events)
    }

    /// The end of one report of a device: the pointer is where it is.
    pub fn report(&mut self) -> Option<Event> {
        std::mem::take(&mut self.moved).then_some(Event::PointerMoved(self.at))
    }

    /// The arrow, its tip at the pointer's place.
    pub fn shape(&self) -> Option<egui::Shape> {
        let at = self.shown_at()?;
        let corner = |x: f32, y: f32| at + vec2(x, y);
        let outline = [(0.0, 0.0), (0.0, 15.0), (4.0, 11.5), (7.0, 17.5), (9.5, 16.5), (6.6, 10.6), (11.0, 10.6)];
        let edge = outline.map(|(x, y)| corner(x, y));
        // Two convex halves: a concave outline cannot be filled at once.
        let half = |points: &[usize]| {
            let points = points.iter().filter_map(|place| edge.get(*place).copied()).collect();
            egui::Shape::convex_polygon(points, egui::Color32::WHITE, egui::Stroke::NONE)
        };
        let line = egui::Stroke::new(1.5, egui::Color32::BLACK);
        Some(egui::Shape::Vec(vec![
            half(&[0, 1, 2, 5, 6]),
            half(&[2, 3, 4, 5]),
            egui::Shape::closed_line(edge.to_vec(), line),
        ]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::pos2;

    const TABLET: Axes =
        Axes { x: Axis { minimum: 0, maximum: 32_767 }, y: Axis { minimum: 0, maximum: 32_767 }, touch_presses: false };

    #[test]
    fn a_mouse_moves_by_pixels_and_never_leaves_the_screen() {
        let mut pointer = Pointer::new(vec2(640.0, 400.0), 2.0);
        assert_eq!(pointer.shown_at(), None);
        pointer.relative(REL_X, 10, Modifiers::NONE);
        pointer.relative(REL_Y, -4, Modifiers::NONE);
        assert_eq!(pointer.report(), Some(Event::PointerMoved(pos2(325.0, 198.0))));
        assert_eq!(pointer.report(), None);
        pointer.relative(REL_X, i32::MIN, Modifiers::NONE);
        pointer.relative(REL_Y, i32::MAX, Modifiers::NONE);
        assert_eq!(pointer.report(), Some(Event::PointerMoved(pos2(0.0, 400.0))));
        assert!(pointer.shape().is_some());
    }

    #[test]
    fn a_tablet_says_places_and_its_button_presses() {
        let mut pointer = Pointer::new(vec2(1000.0, 500.0), 1.0);
        pointer.absolute(ABS_X, 32_767, &TABLET);
        pointer.absolute(ABS_Y, -5, &TABLET);
        assert_eq!(pointer.report(), Some(Event::PointerMoved(pos2(1000.0, 0.0))));
        let events = pointer.button(BTN_LEFT, Change::Down, Some(&TABLET), Modifiers::NONE).unwrap();
        assert!(matches!(
            events.as_slice(),
            [_, Event::PointerButton { pressed: true, button: PointerButton::Primary, .. }]
        ));
        assert_eq!(pointer.button(30, Change::Down, None, Modifiers::NONE), None, "a letter is no button");
    }

    #[test]
    fn a_finger_presses_where_it_touches_and_leaves_no_arrow() {
        let touch = Axes { touch_presses: true, ..TABLET };
        let mut pointer = Pointer::new(vec2(1000.0, 500.0), 1.0);
        pointer.absolute(ABS_MT_POSITION_X, 16_384, &touch);
        pointer.absolute(ABS_MT_SLOT, 1, &touch);
        pointer.absolute(ABS_MT_POSITION_X, 0, &touch);
        let down = pointer.button(BTN_TOUCH, Change::Down, Some(&touch), Modifiers::NONE).unwrap();
        assert!(matches!(down.first(), Some(Event::PointerMoved(at)) if (at.x - 500.0).abs() < 1.0), "{down:?}");
        let up = pointer.button(BTN_TOUCH, Change::Up, Some(&touch), Modifiers::NONE).unwrap();
        assert_eq!(up.last(), Some(&Event::PointerGone));
        assert_eq!(pointer.shown_at(), None);
    }
}
