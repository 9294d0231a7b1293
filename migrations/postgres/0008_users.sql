-- People who sign in. Passwords are argon2id in PHC form; of sessions and one-time links only the SHA-256 of the secret.
create table users (
    id uuid primary key,
    email text not null unique,
    name text not null,
    role text not null,
    partner_id uuid references partners (id),
    language text,
    status text not null,
    password text,
    created_at bigint not null
);

create table sessions (
    id uuid primary key,
    user_id uuid not null references users (id),
    hash bytea not null unique,
    agent text not null,
    created_at bigint not null,
    seen_at bigint not null
);
create index sessions_user on sessions (user_id);

-- One-time links. Without a user, whoever opens one becomes an admin: so the first of them does.
create table invites (
    id uuid primary key,
    user_id uuid references users (id),
    hash bytea not null unique,
    created_at bigint not null,
    expires_at bigint not null,
    used_at bigint
);
