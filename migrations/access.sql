CREATE TABLE revoked_tokens (
	jti TEXT NOT NULL, 
	revoked_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT revoked_tokens_pkey PRIMARY KEY (jti)
);
CREATE INDEX revoked_tokens_expires_at_idx ON revoked_tokens (expires_at);
CREATE INDEX revoked_tokens_revoked_at_idx ON revoked_tokens (revoked_at);
CREATE TABLE used_assertions (
	account_id TEXT NOT NULL, 
	jti TEXT NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT used_assertions_pkey PRIMARY KEY (account_id, jti)
);
CREATE INDEX used_assertions_expires_at_idx ON used_assertions (expires_at);
CREATE TABLE accounts (
	id TEXT NOT NULL, 
	kind VARCHAR(24) NOT NULL, 
	officer_id UUID, 
	role TEXT, 
	agency_code TEXT, 
	scopes TEXT[] DEFAULT '{}' NOT NULL, 
	state VARCHAR(24) NOT NULL, 
	epoch INTEGER DEFAULT 0 NOT NULL, 
	name TEXT, 
	email TEXT, 
	language VARCHAR(24) DEFAULT 'id' NOT NULL, 
	redirect_uris TEXT[] DEFAULT '{}' NOT NULL, 
	grants TEXT[] DEFAULT '{}' NOT NULL, 
	salt BYTEA DEFAULT uuid_send(gen_random_uuid()) NOT NULL, 
	password_hash TEXT, 
	totp_secret BYTEA, 
	totp_step BIGINT, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	changed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
	CONSTRAINT accounts_pkey PRIMARY KEY (id), 
	CONSTRAINT accounts_role_check CHECK ((officer_id IS NULL) <> (role IS NULL)), 
	CONSTRAINT accounts_officer_check CHECK (kind = 'person' OR officer_id IS NULL), 
	CONSTRAINT accounts_account_kind_check CHECK (kind IN ('person', 'system')), 
	CONSTRAINT accounts_officer_id_key UNIQUE (officer_id), 
	CONSTRAINT accounts_officer_id_fkey FOREIGN KEY(officer_id) REFERENCES officers (id), 
	CONSTRAINT accounts_agency_code_fkey FOREIGN KEY(agency_code) REFERENCES agencies (code), 
	CONSTRAINT accounts_account_state_check CHECK (state IN ('invited', 'active', 'locked', 'deactivated')), 
	CONSTRAINT accounts_language_check CHECK (language IN ('id', 'en'))
);
CREATE INDEX accounts_changed_at_idx ON accounts (changed_at);
CREATE UNIQUE INDEX accounts_email_key ON accounts (lower(email)) WHERE kind = 'person';
CREATE TABLE authorization_codes (
	code_hash BYTEA NOT NULL, 
	account_id TEXT NOT NULL, 
	client_id TEXT NOT NULL, 
	redirect_uri TEXT NOT NULL, 
	challenge TEXT NOT NULL, 
	scopes TEXT[] NOT NULL, 
	factors TEXT[] NOT NULL, 
	epoch INTEGER NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	family_id UUID, 
	CONSTRAINT authorization_codes_pkey PRIMARY KEY (code_hash), 
	CONSTRAINT authorization_codes_account_id_fkey FOREIGN KEY(account_id) REFERENCES accounts (id), 
	CONSTRAINT authorization_codes_client_id_fkey FOREIGN KEY(client_id) REFERENCES accounts (id)
);
CREATE INDEX authorization_codes_expires_at_idx ON authorization_codes (expires_at);
CREATE TABLE claim_mappings (
	issuer TEXT NOT NULL, 
	claim TEXT NOT NULL, 
	value TEXT NOT NULL, 
	account_id TEXT NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	CONSTRAINT claim_mappings_pkey PRIMARY KEY (issuer, claim, value), 
	CONSTRAINT claim_mappings_account_id_fkey FOREIGN KEY(account_id) REFERENCES accounts (id)
);
CREATE INDEX claim_mappings_account_id_idx ON claim_mappings (account_id);
CREATE TABLE client_keys (
	account_id TEXT NOT NULL, 
	kid TEXT NOT NULL, 
	jwk JSONB NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT client_keys_pkey PRIMARY KEY (account_id, kid), 
	CONSTRAINT client_keys_account_id_fkey FOREIGN KEY(account_id) REFERENCES accounts (id)
);
CREATE TABLE client_secrets (
	id UUID NOT NULL, 
	account_id TEXT NOT NULL, 
	secret_hash BYTEA NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT client_secrets_pkey PRIMARY KEY (id), 
	CONSTRAINT client_secrets_account_id_fkey FOREIGN KEY(account_id) REFERENCES accounts (id)
);
CREATE INDEX client_secrets_account_id_idx ON client_secrets (account_id);
CREATE TABLE invitations (
	token_hash BYTEA NOT NULL, 
	account_id TEXT NOT NULL, 
	kind VARCHAR(24) NOT NULL, 
	created_by TEXT NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	used_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT invitations_pkey PRIMARY KEY (token_hash), 
	CONSTRAINT invitations_account_id_fkey FOREIGN KEY(account_id) REFERENCES accounts (id), 
	CONSTRAINT invitations_invitation_kind_check CHECK (kind IN ('invite', 'reset'))
);
CREATE INDEX invitations_account_id_idx ON invitations (account_id);
CREATE TABLE login_sessions (
	cookie_hash BYTEA NOT NULL, 
	account_id TEXT NOT NULL, 
	epoch INTEGER NOT NULL, 
	factors TEXT[] NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT login_sessions_pkey PRIMARY KEY (cookie_hash), 
	CONSTRAINT login_sessions_account_id_fkey FOREIGN KEY(account_id) REFERENCES accounts (id)
);
CREATE INDEX login_sessions_account_id_idx ON login_sessions (account_id);
CREATE TABLE passkeys (
	credential_id BYTEA NOT NULL, 
	account_id TEXT NOT NULL, 
	public_key BYTEA NOT NULL, 
	sign_count BIGINT NOT NULL, 
	name TEXT NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	last_used_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT passkeys_pkey PRIMARY KEY (credential_id), 
	CONSTRAINT passkeys_account_id_fkey FOREIGN KEY(account_id) REFERENCES accounts (id)
);
CREATE INDEX passkeys_account_id_idx ON passkeys (account_id);
CREATE TABLE token_families (
	id UUID NOT NULL, 
	account_id TEXT NOT NULL, 
	client_id TEXT NOT NULL, 
	scopes TEXT[] NOT NULL, 
	factors TEXT[] NOT NULL, 
	epoch INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	ended_by TEXT, 
	CONSTRAINT token_families_pkey PRIMARY KEY (id), 
	CONSTRAINT token_families_account_id_fkey FOREIGN KEY(account_id) REFERENCES accounts (id), 
	CONSTRAINT token_families_client_id_fkey FOREIGN KEY(client_id) REFERENCES accounts (id)
);
CREATE INDEX token_families_account_id_idx ON token_families (account_id);
CREATE INDEX token_families_ended_at_idx ON token_families (ended_at) WHERE ended_at IS NOT NULL;
CREATE TABLE refresh_tokens (
	token_hash BYTEA NOT NULL, 
	family_id UUID NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	used_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT refresh_tokens_pkey PRIMARY KEY (token_hash), 
	CONSTRAINT refresh_tokens_family_id_fkey FOREIGN KEY(family_id) REFERENCES token_families (id)
);
CREATE INDEX refresh_tokens_expires_at_idx ON refresh_tokens (expires_at);
CREATE INDEX refresh_tokens_family_id_idx ON refresh_tokens (family_id);