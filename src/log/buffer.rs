//! A bounded buffer of events. Once it is full, the oldest events are dropped.

use std::collections::VecDeque;
use std::task::Waker;
use std::time::SystemTime;

use super::event::{Event, Level, Value};

/// A call makes about ten events per attempt, and the buffer of a waiting call is emptied ten times a
/// second.
const MAX_EVENTS: usize = 1000;

#[derive(Default)]
pub struct Buffer {
    events: VecDeque<Event>,
    dropped: usize,
    /// Woken by the next event.
    pub waker: Option<Waker>,
    /// Whether the call has ended. The buffer is not emptied afterwards.
    pub has_ended: bool,
}

impl Buffer {
    pub fn push(&mut self, event: Event) {
        if self.events.len() >= MAX_EVENTS {
            self.events.pop_front();
            self.dropped += 1;
        }
        self.events.push_back(event);
    }

    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Takes all events. If events were dropped, the first event reports their number.
    pub fn take(&mut self) -> Vec<Event> {
        let dropped = std::mem::take(&mut self.dropped);
        let oldest = self.events.front().map_or_else(SystemTime::now, |event| event.time);
        let notice = (dropped > 0).then(|| Event {
            logger: "fastbedrock",
            level: Level::Warning,
            time: oldest,
            message: "%(dropped)d earlier log records were dropped before they could be logged",
            fields: vec![("dropped", Value::from(dropped))],
        });
        notice.into_iter().chain(std::mem::take(&mut self.events)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(number: usize) -> Event {
        let fields = vec![("number", Value::from(number))];
        let (logger, level, time) = ("fastbedrock", Level::Debug, SystemTime::now());
        Event { logger, level, time, message: "%(number)d", fields }
    }

    #[test]
    fn a_full_buffer_drops_the_oldest_events_and_reports_their_number() {
        let mut buffer = Buffer::default();
        (0..MAX_EVENTS + 5).for_each(|number| buffer.push(event(number)));
        let events = buffer.take();
        assert_eq!(events.len(), MAX_EVENTS + 1);
        assert_eq!(events[0].fields, [("dropped", Value::Number(5))]);
        assert_eq!(events[1].fields, [("number", Value::Number(5))]);
        assert!(buffer.is_empty());
        buffer.push(event(7));
        assert_eq!(buffer.take().len(), 1);
    }
}
