//! The body of a response on its way to the connection.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web::Bytes;

use crate::connections::Answering;

/// The most bytes that are handed over at a time. actix-http copies each part whole into the connection's buffer, and takes no further
/// one while that buffer has as much.
const PART: usize = 16 * 1024;

/// Hands a body over in parts. Its request is being answered until the last one.
pub(crate) struct ChunkedBody {
    body: BoxBody,
    rest: Bytes,
    _answering: Option<Answering>,
}

impl ChunkedBody {
    pub(crate) fn new(body: impl MessageBody + 'static, answering: Option<Answering>) -> Self {
        Self { body: BoxBody::new(body), rest: Bytes::new(), _answering: answering }
    }
}

impl MessageBody for ChunkedBody {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if self.rest.is_empty() {
            match std::task::ready!(Pin::new(&mut self.body).poll_next(context)) {
                Some(Ok(bytes)) => self.rest = bytes,
                ended => return Poll::Ready(ended),
            }
        }
        let length = self.rest.len().min(PART);
        Poll::Ready(Some(Ok(self.rest.split_to(length))))
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    #[actix_web::test]
    async fn a_body_comes_in_parts_and_whole() {
        let text: Vec<u8> = (0..3 * PART + 1).map(|index| (index % 251) as u8).collect();
        let mut body = ChunkedBody::new(text.clone(), None);
        assert_eq!(body.size(), BodySize::Sized(text.len() as u64));
        let mut parts = Vec::new();
        while let Some(part) = poll_fn(|context| Pin::new(&mut body).poll_next(context)).await {
            parts.push(part.expect("memory does not fail"));
        }
        assert_eq!(parts.iter().map(Bytes::len).collect::<Vec<_>>(), [PART, PART, PART, 1]);
        assert_eq!(parts.concat(), text);
    }
}
