//! Request bodies: read to the end whatever becomes of them, up to a limit.
//!
//! The connection can be used again only after the whole body was read, so refused requests read theirs too.

use std::time::Duration;

use actix_web::{
    dev::Payload,
    rt::time::timeout,
    web::{Bytes, BytesMut},
};
use futures_util::StreamExt as _;

use crate::problem::Problem;

/// How much of an oversized body is still read, as a multiple of the limit, before the connection is given up.
const PATIENCE: usize = 4;

/// How large a body may be, and how long it may take.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// Largest body, in bytes.
    pub size: usize,
    /// Longest time until it has arrived.
    pub time: Duration,
}

impl BodyLimits {
    /// Reads a body.
    ///
    /// # Errors
    /// 413 if it is too large, 408 if it takes too long, 400 if it breaks off.
    pub async fn read(&self, payload: &mut Payload) -> Result<Bytes, Problem> {
        match timeout(self.time, self.collect(payload)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Problem::body_too_slow()),
        }
    }

    /// Reads a body that nobody wants. A connection whose body does not end soon is closed by the server itself.
    pub async fn discard(&self, payload: &mut Payload) {
        let outcome = self.read(payload).await;
        if let Err(problem) = outcome {
            tracing::debug!(%problem, "a refused request also had an unusable body");
        }
    }

    async fn collect(&self, payload: &mut Payload) -> Result<Bytes, Problem> {
        // Nearly every body is one chunk, which is then used as it is.
        let Some(first) = payload.next().await else {
            return Ok(Bytes::new());
        };
        let first = first.map_err(|_| Problem::body_incomplete())?;
        let mut seen = first.len();
        let mut body = BytesMut::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Problem::body_incomplete())?;
            if body.is_empty() && seen <= self.size {
                body.extend_from_slice(&first);
            }
            seen = seen.saturating_add(chunk.len());
            if seen <= self.size {
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
