//! Splits response bodies into chunks.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web::Bytes;

use crate::connections::PendingResponse;

/// Maximum size of a chunk, in bytes.
///
/// actix-http copies each chunk into the connection's buffer. It polls the next chunk when the buffer has fewer bytes than this.
const MAX_CHUNK: usize = 16 * 1024;

/// A response body in chunks. The response counts as pending until the body is dropped.
pub(crate) struct ChunkedBody {
    body: BoxBody,
    remaining: Bytes,
    _pending_response: Option<PendingResponse>,
}

impl ChunkedBody {
    pub(crate) fn new(body: impl MessageBody + 'static, pending_response: Option<PendingResponse>) -> Self {
        Self { body: BoxBody::new(body), remaining: Bytes::new(), _pending_response: pending_response }
    }
}

impl MessageBody for ChunkedBody {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if self.remaining.is_empty() {
            match std::task::ready!(Pin::new(&mut self.body).poll_next(context)) {
                Some(Ok(bytes)) => self.remaining = bytes,
                end_or_error => return Poll::Ready(end_or_error),
            }
        }
        let length = self.remaining.len().min(MAX_CHUNK);
        Poll::Ready(Some(Ok(self.remaining.split_to(length))))
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    #[actix_web::test]
    async fn splits_a_body_into_chunks() {
        let text: Vec<u8> = (0..3 * MAX_CHUNK + 1).map(|index| (index % 251) as u8).collect();
        let mut body = ChunkedBody::new(text.clone(), None);
        assert_eq!(body.size(), BodySize::Sized(text.len() as u64));
        let mut chunks = Vec::new();
        while let Some(chunk) = poll_fn(|context| Pin::new(&mut body).poll_next(context)).await {
            chunks.push(chunk.expect("a body in memory has no errors"));
        }
        assert_eq!(chunks.iter().map(Bytes::len).collect::<Vec<_>>(), [MAX_CHUNK, MAX_CHUNK, MAX_CHUNK, 1]);
        assert_eq!(chunks.concat(), text);
    }
}
