//! Tests the layer and the extractors for axum.

use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::routing::get;
use better_auth_guard::axum::layer;
use better_auth_guard::tower::GuardLayer;
use better_auth_guard::{Authenticated, Owner};
use http::{Request, Response, StatusCode};
use tower::ServiceExt;

use super::{Answer, Case, encoded_paths, limited, optional, required, unavailable, without_middleware};
use crate::guard::guard;

async fn me(user: Authenticated) -> String {
    user.user_id().to_owned()
}

async fn maybe(user: Option<Authenticated>) -> String {
    user.map_or("nobody".to_owned(), |user| user.user_id().to_owned())
}

async fn owned(owner: Owner) -> String {
    owner.as_str().to_owned()
}

fn routes() -> Router {
    Router::new()
        .route("/me", get(me).post(me))
        .route("/mine", get(owned))
        .route("/maybe", get(maybe))
        .route("/api/{user_id}/tasks", get(owned))
}

async fn send(app: &Router, case: &Case) -> Answer {
    let mut request = Request::builder().method(case.method).uri(case.path);
    for (name, value) in &case.headers {
        request = request.header(*name, value);
    }
    let mut request = request.body(Body::empty()).expect("a request");
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 4000))));
    let Ok(response) = app.clone().oneshot(request).await;
    let status = response.status().as_u16();
    let headers = response.headers().iter();
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().expect("ASCII").to_owned())).collect();
    let body = to_bytes(response.into_body(), 64 * 1024).await.expect("a body");
    Answer { status, headers, body: String::from_utf8(body.to_vec()).expect("UTF-8") }
}

/// Sends requests to an app, and checks the responses.
async fn check(app: Router, cases: &[Case]) {
    for case in cases {
        case.check(&send(&app, case).await);
    }
}

#[tokio::test]
async fn a_credential_is_required() {
    check(routes().layer(layer(guard())), &required()).await;
}

#[tokio::test]
async fn user_ids_in_paths_are_decoded_once() {
    check(routes().layer(layer(guard())), &encoded_paths()).await;
}

#[tokio::test]
async fn a_credential_may_be_optional() {
    check(routes().layer(layer(guard()).optional()), &optional()).await;
}

#[tokio::test]
async fn an_unavailable_session_source_is_503() {
    let (guard, case) = unavailable();
    check(routes().layer(layer(guard)), &[case]).await;
}

#[tokio::test]
async fn extractors_need_the_layer() {
    check(routes(), &without_middleware()).await;
}

#[tokio::test]
async fn error_responses_are_replaceable() {
    let layer = GuardLayer::with_responder(guard(), |rejection| {
        let mut response = Response::new(Body::from(rejection.code()));
        *response.status_mut() = StatusCode::IM_A_TEAPOT;
        response
    });
    let app = routes().layer(layer);
    for (case, code) in [(&required()[0], "missing_credential"), (&required()[2], "invalid_credential")] {
        let answer = send(&app, case).await;
        assert_eq!((answer.status, answer.body.as_str()), (418, code));
    }
}

/// The limit is refilled once in a second. So a slow machine may need more than two attempts.
#[tokio::test]
async fn invalid_credentials_of_an_address_are_limited() {
    let (guard, case) = limited();
    // the address is that of the connection by default
    let layers = [(layer(guard.clone()).client_address(|_| None), false), (layer(guard), true)];
    for (layer, is_limited) in layers {
        let app = routes().layer(layer);
        let mut answer = send(&app, &case).await;
        for _ in 0..if is_limited { 1000 } else { 10 } {
            if answer.status == 429 {
                break;
            }
            answer = send(&app, &case).await;
        }
        match is_limited {
            true => case.check(&answer),
            false => assert_eq!(answer.status, 401),
        }
    }
}
