--- nginx, tuned: one worker, no access log, every connection kept, nothing written to disk.

local kit = require "spec.support.kit"

local nginx = {}

local CONFIG = [[
$MODULES
daemon off;
worker_processes 1;
error_log stderr error;
pid $HOME/pid;
$USER
events {
  worker_connections $CONNECTIONS;
  multi_accept on;
}
http {
  access_log off;
  tcp_nodelay on;
  keepalive_timeout 3600s;
  keepalive_requests 1000000000;
  client_max_body_size 0;
  client_body_buffer_size 128k;
  client_body_temp_path $HOME/client;
  proxy_temp_path $HOME/proxy;
  fastcgi_temp_path $HOME/fastcgi;
  uwsgi_temp_path $HOME/uwsgi;
  scgi_temp_path $HOME/scgi;
  $LUA
  upstream backends {
    $CHOICE
    keepalive $KEPT;
    keepalive_requests 1000000000;
    keepalive_timeout 3600s;
  }
  server {
    listen 127.0.0.1:$PORT backlog=4096;
    location / {
      proxy_pass http://backends;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_buffer_size 32k;
      proxy_buffers 4 32k;
    }
  }
}
]]

local MODULES = [[
load_module /usr/lib/nginx/modules/ndk_http_module.so;
load_module /usr/lib/nginx/modules/ngx_http_lua_module.so;
]]

-- The policy, as luaproxy's round robin: a list, and whose turn it is.
local LUA = [[
  init_by_lua_block {
    balancer = require "ngx.balancer"
    backends, turn = dofile "$HOME/backends.lua", 0
  }
]]

local LUA_CHOICE = [[
    server 0.0.0.1;
    balancer_by_lua_block {
      turn = turn % #backends + 1
      assert(balancer.set_current_peer(backends[turn].host, backends[turn].port))
    }
]]

local function servers(backends)
  local lines = {}
  for i, backend in ipairs(backends) do lines[i] = ("server %s max_fails=0;"):format(backend) end
  return table.concat(lines, "\n    ")
end

-- The backends as a Lua file.
local function list(backends)
  local lines = { "return {" }
  for _, backend in ipairs(backends) do
    lines[#lines + 1] = ("{ host = %q, port = %s },"):format(backend:match("(.*):(.*)"))
  end
  lines[#lines + 1] = "}\n"
  return table.concat(lines, "\n")
end

local function is_root()
  local pipe = assert(io.popen("id -u"))
  local id = pipe:read("n")
  pipe:close()
  return id == 0
end

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

-- Writes the configuration and says how to run it.
local function command(plan, values)
  local path = kit.file("", "nginx.conf")
  values.HOME = path:match("^(.*)/")
  values.PORT = plan.port
  values.USER = is_root() and "user root;" or ""
  values.KEPT = 64 + plan.clients + plan.case.backends
  -- Twice as many as needed: it closes kept ones when less than a sixteenth is left.
  values.CONNECTIONS = math.max(4096, 2 * (plan.clients + values.KEPT))
  local text = CONFIG
  repeat
    local count
    text, count = text:gsub("%$([A-Z]+)", values)
  until count == 0
  write(path, text)
  write(values.HOME .. "/backends.lua", list(plan.backends))
  return { "nginx", "-p", values.HOME, "-e", "stderr", "-c", path }
end

--- nginx with its own round robin.
-- @tparam table plan see `peers.command`
-- @treturn {string,...} the command
function nginx.plain(plan)
  return command(plan, { MODULES = "", LUA = "", CHOICE = servers(plan.backends) })
end

--- nginx with round robin in balancer_by_lua.
-- @tparam table plan see `peers.command`
-- @treturn {string,...} the command
function nginx.lua(plan)
  return command(plan, { MODULES = MODULES, LUA = LUA, CHOICE = LUA_CHOICE })
end

return nginx
