//! An HTTP server without a database. It verifies a token and serializes tasks from memory, on the service's routes.

use std::error::Error;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::{Data, Json, Path};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, ResponseError, web};
use serde::{Deserialize, Serialize};

use crate::token::Key;

/// A task with the members of the service's response, in the same order. All values are formatted.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Task {
    id: i64,
    user_id: String,
    title: String,
    description: Option<String>,
    completed: bool,
    is_completed: bool,
    status: String,
    completed_at: Option<String>,
    priority: String,
    tags: Vec<String>,
    due_date: Option<String>,
    time_zone: Option<String>,
    remind_at: Option<String>,
    recurrence_rule: Option<String>,
    repeat_from: String,
    excluded_dates: Vec<String>,
    series_id: Option<i64>,
    version: i64,
    created_at: String,
    updated_at: String,
}

#[derive(Deserialize)]
struct Body {
    title: String,
    description: Option<String>,
    #[serde(default)]
    completed: bool,
}

struct State {
    key: Key,
    /// The tasks of a list response of the service.
    tasks: Vec<Task>,
}

/// The reason of a rejected request.
#[derive(Clone, Copy, Debug)]
enum Rejection {
    Unauthorized,
    Forbidden,
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unauthorized => "the credential is missing or invalid",
            Self::Forbidden => "the path's user is not the authenticated user",
        })
    }
}

impl ResponseError for Rejection {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
        }
    }
}

impl State {
    /// Returns the authenticated user if the path belongs to it.
    fn owner(&self, request: &HttpRequest, path_user: &str) -> Result<String, Rejection> {
        let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        match header.and_then(|value| value.strip_prefix("Bearer ")).and_then(|token| self.key.user(token)) {
            Some(user) if user == path_user => Ok(user),
            Some(_) => Err(Rejection::Forbidden),
            None => Err(Rejection::Unauthorized),
        }
    }

    fn task(&self, owner: String) -> Task {
        Task { user_id: owner, ..self.tasks[0].clone() }
    }
}

async fn list(request: HttpRequest, state: Data<State>, path: Path<String>) -> Result<HttpResponse, Rejection> {
    let owner = state.owner(&request, &path)?;
    let tasks: Vec<Task> = state.tasks.iter().map(|task| Task { user_id: owner.clone(), ..task.clone() }).collect();
    Ok(HttpResponse::Ok().json(tasks))
}

async fn single(request: HttpRequest, state: Data<State>, path: Path<(String, i64)>) -> Result<HttpResponse, Rejection> {
    let owner = state.owner(&request, &path.0)?;
    Ok(HttpResponse::Ok().json(Task { id: path.1, ..state.task(owner) }))
}

async fn create(
    request: HttpRequest,
    state: Data<State>,
    path: Path<String>,
    body: Json<Body>,
) -> Result<HttpResponse, Rejection> {
    let owner = state.owner(&request, &path)?;
    let Body { title, description, completed } = body.into_inner();
    Ok(HttpResponse::Created().json(Task { title, description, completed, is_completed: completed, ..state.task(owner) }))
}

async fn update(
    request: HttpRequest,
    state: Data<State>,
    path: Path<(String, i64)>,
    body: Json<Body>,
) -> Result<HttpResponse, Rejection> {
    let owner = state.owner(&request, &path.0)?;
    let Body { title, description, completed } = body.into_inner();
    Ok(HttpResponse::Ok().json(Task { id: path.1, title, description, completed, is_completed: completed, ..state.task(owner) }))
}

/// Serves on 127.0.0.1 until a stop signal. `tasks` is a file with a list response of the service.
#[actix_web::main]
pub async fn serve(port: u16, workers: usize, tasks: &str) -> Result<(), Box<dyn Error>> {
    let key = Key::new(&std::env::var("BETTER_AUTH_SECRET")?);
    let state = Data::new(State { key, tasks: serde_json::from_str(&std::fs::read_to_string(tasks)?)? });
    let app = move || {
        App::new()
            .app_data(state.clone())
            .service(web::resource("/api/{user}/tasks").get(list).post(create))
            .service(web::resource("/api/{user}/tasks/{id}").get(single).patch(update))
    };
    HttpServer::new(app).workers(workers).bind(("127.0.0.1", port))?.run().await?;
    Ok(())
}
