-- People who sign in. Passwords are argon2id in PHC form; of sessions and one-time links only the SHA-256 of the secret.
create table users (
    id blob primary key,
    email text not null unique,
    name text not null,
    role text not null,
    partner_id blob references partners (id),
    language text,
    status text not null,
    password text,
    created_at integer not null
) strict, without rowid;

create table sessions (
    id blob primary key,
    user_id blob not null references users (id),
    hash blob not null unique,
    agent text not null,
    created_at integer not null,
    seen_at integer not null
) strict, without rowid;
create index sessions_user on sessions (user_id);

-- One-time links. Without a user, whoever opens one becomes an admin: so the first of them does.
create table invites (
    id blob primary key,
    user_id blob references users (id),
    hash blob not null unique,
    created_at integer not null,
    expires_at integer not null,
    used_at integer
) strict, without rowid;
