//! The tables of Better Auth.

use better_auth::AuthSchema;
use better_auth::seaorm::sea_orm::entity::prelude::*;
use better_auth::seaorm::sea_orm::{ConnectionTrait, DbErr, Schema};
use better_auth::seaorm::{AuthEntity, DatabaseConnection};

/// Declares a module with an entity of this role, table and columns.
macro_rules! entity {
    ($role:ident, $role_name:literal, $table:literal, { $($column:ident: $kind:ty),* $(,)? }) => {
        pub mod $role {
            use super::*;

            #[derive(Clone, Debug, serde::Serialize, DeriveEntityModel, AuthEntity)]
            #[auth(role = $role_name)]
            #[sea_orm(table_name = $table)]
            pub struct Model {
                #[sea_orm(primary_key, auto_increment = false)]
                pub id: String,
                $(pub $column: $kind,)*
                pub created_at: DateTimeUtc,
                pub updated_at: DateTimeUtc,
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

entity!(user, "user", "users", {
    name: Option<String>,
    email: Option<String>,
    email_verified: bool,
    image: Option<String>,
});
entity!(session, "session", "sessions", {
    expires_at: DateTimeUtc,
    token: String,
    ip_address: Option<String>,
    user_agent: Option<String>,
    user_id: String,
    active: bool,
});
entity!(account, "account", "accounts", {
    account_id: String,
    provider_id: String,
    user_id: String,
    access_token: Option<String>,
    refresh_token: Option<String>,
    id_token: Option<String>,
    access_token_expires_at: Option<DateTimeUtc>,
    refresh_token_expires_at: Option<DateTimeUtc>,
    scope: Option<String>,
    password: Option<String>,
});
entity!(verification, "verification", "verifications", {
    identifier: String,
    value: String,
    expires_at: DateTimeUtc,
});

pub struct AppSchema;

impl AuthSchema for AppSchema {
    type User = user::Model;
    type Session = session::Model;
    type Account = account::Model;
    type Verification = verification::Model;
}

/// Creates the tables in an empty database.
pub async fn create_tables(database: &DatabaseConnection) -> Result<(), DbErr> {
    let schema = Schema::new(database.get_database_backend());
    for statement in [
        schema.create_table_from_entity(user::Entity),
        schema.create_table_from_entity(session::Entity),
        schema.create_table_from_entity(account::Entity),
        schema.create_table_from_entity(verification::Entity),
    ] {
        database.execute(&statement).await?;
    }
    Ok(())
}
