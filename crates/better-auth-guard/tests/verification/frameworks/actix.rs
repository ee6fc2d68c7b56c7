//! Tests the middleware and the extractors for actix-web.

use actix_web::body::MessageBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::Method;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpRequest, HttpResponse};
use better_auth_guard::actix::GuardMiddleware;
use better_auth_guard::{Authenticated, CredentialError, Owner, Rejection};

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

fn routes(config: &mut ServiceConfig) {
    config
        .route("/me", web::get().to(me))
        .route("/me", web::post().to(me))
        .route("/mine", web::get().to(owned))
        .route("/maybe", web::get().to(maybe))
        .route("/api/{user_id}/tasks", web::get().to(owned));
}

fn request(case: &Case) -> TestRequest {
    let method: Method = case.method.parse().expect("a method");
    let address = "192.0.2.1:4000".parse().expect("an address");
    let request = TestRequest::default().method(method).uri(case.path).peer_addr(address);
    let headers = case.headers.iter();
    headers.fold(request, |request, (name, value)| request.insert_header((*name, value.as_str())))
}

async fn answer<B: MessageBody>(response: ServiceResponse<B>) -> Answer {
    let status = response.status().as_u16();
    let headers = response.headers().iter();
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().expect("ASCII").to_owned())).collect();
    let body = read_body(response).await;
    Answer { status, headers, body: String::from_utf8(body.to_vec()).expect("UTF-8") }
}

/// Sends the request of a case to an app. The type of the app has no public name.
macro_rules! send {
    ($app:expr, $case:expr) => {
        answer(call_service($app, request($case).to_request()).await).await
    };
}

/// Sends requests to an app with this middleware, and checks the responses.
fn check(middleware: GuardMiddleware, cases: &[Case]) {
    actix_web::rt::System::new().block_on(async {
        let app = init_service(App::new().wrap(middleware).configure(routes)).await;
        for case in cases {
            case.check(&send!(&app, case));
        }
    });
}

#[test]
fn a_credential_is_required() {
    check(GuardMiddleware::new(guard()), &required());
}

#[test]
fn user_ids_in_paths_are_decoded_once() {
    check(GuardMiddleware::new(guard()), &encoded_paths());
}

#[test]
fn a_credential_may_be_optional() {
    check(GuardMiddleware::new(guard()).optional(), &optional());
}

#[test]
fn an_unavailable_session_source_is_503() {
    let (guard, case) = unavailable();
    check(GuardMiddleware::new(guard), &[case]);
}

#[test]
fn extractors_need_the_middleware() {
    actix_web::rt::System::new().block_on(async {
        let app = init_service(App::new().configure(routes)).await;
        for case in without_middleware() {
            case.check(&send!(&app, &case));
        }
    });
}

/// The replaced response applies to the middleware and to the extractors.
#[test]
fn error_responses_are_replaceable() {
    let middleware = GuardMiddleware::new(guard()).error_response(|rejection, request: &HttpRequest| {
        let code = match rejection {
            Rejection::Credential(CredentialError::Missing) => 418,
            _ => rejection.status(),
        };
        let status = actix_web::http::StatusCode::from_u16(code).expect("a status");
        HttpResponse::build(status).body(format!("{} {}", request.path(), rejection.code()))
    });
    actix_web::rt::System::new().block_on(async {
        let app = init_service(App::new().wrap(middleware).configure(routes)).await;
        for (case, status, body) in [
            (&required()[0], 418, "/me missing_credential"),
            (&required()[2], 401, "/me invalid_credential"),
            (&required()[8], 403, "/api/bob/tasks forbidden"),
        ] {
            let answer = send!(&app, case);
            assert_eq!((answer.status, answer.body.as_str()), (status, body));
        }
    });
}

/// The limit is refilled once in a second. So a slow machine may need more than two attempts.
#[test]
fn invalid_credentials_of_an_address_are_limited() {
    actix_web::rt::System::new().block_on(async {
        let (guard, case) = limited();
        // the address is the peer's by default
        let middlewares = [
            (GuardMiddleware::new(guard.clone()).client_address(|_| None), false),
            (GuardMiddleware::new(guard), true),
        ];
        for (middleware, is_limited) in middlewares {
            let app = init_service(App::new().wrap(middleware).configure(routes)).await;
            let mut answer = send!(&app, &case);
            for _ in 0..if is_limited { 1000 } else { 10 } {
                if answer.status == 429 {
                    break;
                }
                answer = send!(&app, &case);
            }
            match is_limited {
                true => case.check(&answer),
                false => assert_eq!(answer.status, 401),
            }
        }
    });
}
