-- A wrk script: each request is a random user's, for a random task of theirs.
--
-- LOAD_REQUEST is the request with the placeholders {user}, {credential} and {id}; LOAD_USERS a file with a line for each user, their id
-- and the header line of their credential, separated by a tab. User n (from 0) has the tasks n + 1, n + 1 + users, …: LOAD_TASKS each.

local before, behind = {}, {}
local users, tasks = 0, tonumber(os.getenv("LOAD_TASKS"))

local function put(text, name, value)
  return (text:gsub("{" .. name .. "}", function() return value end))
end

function init()
  math.randomseed(tonumber(os.getenv("LOAD_SEED")))
  local template = os.getenv("LOAD_REQUEST")
  for line in io.lines(os.getenv("LOAD_USERS")) do
    local user, credential = line:match("^(.-)\t(.*)$")
    local text = put(put(template, "user", user), "credential", credential)
    local first, rest = text:match("^(.-){id}(.*)$")
    users = users + 1
    before[users], behind[users] = first or text, rest
  end
end

function request()
  local user = math.random(users)
  if not behind[user] then
    return before[user]
  end
  -- %d: from 10^14 on, a number of Lua would be written with an exponent
  return before[user] .. string.format("%d", (math.random(tasks) - 1) * users + user) .. behind[user]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"seconds":%f,"refused":%d,"broken":%d,"p50":%f,"p99":%f}\n',
    summary.requests, summary.duration / 1e6, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
