//! Request bodies: read to the end whatever becomes of them, up to a limit.
//!
//! The connection can be used again only after the whole body was read, so refused requests read theirs too, if it is
//! there: whoever is slow gets the refusal at once, and loses the connection.

use std::time::Duration;

use actix_web::{
    dev::Payload,
    rt::time::timeout,
    web::{Bytes, BytesMut},
};
use futures_util::StreamExt as _;

use crate::{problem::Problem, shares::Room};

/// How much of an oversized body is still read, as a multiple of the limit, before the connection is given up.
const PATIENCE: usize = 4;

/// How long a refused request may take to send the rest of its body, so that its connection can be used again.
const REFUSED_TIME: Duration = Duration::from_secs(1);

/// How large a body may be, and how long it may take.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// Largest body, in bytes.
    pub size: usize,
    /// Longest time until it has arrived.
    pub time: Duration,
}

impl BodyLimits {
    /// Reads a body into a room, which holds it until the room is dropped.
    ///
    /// # Errors
    /// 413 if it is too large, 408 if it takes too long, 400 if it breaks off, 429 or 503 if too many bytes are held.
    pub async fn read(&self, payload: &mut Payload, room: &mut Room) -> Result<Bytes, Problem> {
        match timeout(self.time, self.collect(payload, room)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Problem::body_too_slow()),
        }
    }

    /// Reads a body that nobody wants, for a moment. Returns whether it was all there: if not, the connection has to be
    /// closed, and the refusal need not wait for whoever sends slowly on purpose.
    pub async fn discard(&self, payload: &mut Payload) -> bool {
        let drained = async {
            let mut seen = 0_usize;
            while let Some(chunk) = payload.next().await {
                let Ok(chunk) = chunk else { return false };
                seen = seen.saturating_add(chunk.len());
                if seen > self.size.saturating_mul(PATIENCE) {
                    return false;
                }
            }
            true
        };
        timeout(self.time.min(REFUSED_TIME), drained)
            .await
            .unwrap_or(false)
    }

    async fn collect(&self, payload: &mut Payload, room: &mut Room) -> Result<Bytes, Problem> {
        // Nearly every body is one chunk, which is then used as it is.
        let Some(first) = payload.next().await else {
            return Ok(Bytes::new());
        };
        let first = first.map_err(|_| Problem::body_incomplete())?;
        room.hold(first.len())?;
        let mut seen = first.len();
        let mut body = BytesMut::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Problem::body_incomplete())?;
            if body.is_empty() && seen <= self.size {
                body.extend_from_slice(&first);
            }
            seen = seen.saturating_add(chunk.len());
            if seen <= self.size {
                room.hold(chunk.len())?;
                body.extend_from_slice(&chunk);
            } else if seen > self.size.saturating_mul(PATIENCE) {
                break;
            }
        }
        if seen > self.size {
            return Err(Problem::body_too_large(self.size));
        }
        Ok(if body.is_empty() { first } else { body.freeze() })
    }
}
