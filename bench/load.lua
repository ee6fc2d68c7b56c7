-- A wrk script. Each request is for a random task of a random user.
--
-- LOAD_REQUEST   the request, with the placeholders {user}, {credential} and {id}
-- LOAD_USERS     a file with one line per user: the id and the header line of the credential, separated by a tab
-- LOAD_TASKS     the number of tasks per user; user n (from 0) has the ids n + 1, n + 1 + users, n + 1 + 2 * users and so on
-- LOAD_SEED      the seed of the random numbers

local prefixes, suffixes = {}, {}
local users, tasks = 0, tonumber(os.getenv("LOAD_TASKS"))

local function replace(text, name, value)
  return (text:gsub("{" .. name .. "}", function() return value end))
end

function init()
  math.randomseed(tonumber(os.getenv("LOAD_SEED")))
  local template = os.getenv("LOAD_REQUEST")
  for line in io.lines(os.getenv("LOAD_USERS")) do
    local user, credential = line:match("^(.-)\t(.*)$")
    local text = replace(replace(template, "user", user), "credential", credential)
    local first, rest = text:match("^(.-){id}(.*)$")
    users = users + 1
    prefixes[users], suffixes[users] = first or text, rest
  end
end

function request()
  local user = math.random(users)
  if not suffixes[user] then
    return prefixes[user]
  end
  -- %d, because Lua formats numbers from 10^14 with an exponent
  return prefixes[user] .. string.format("%d", (math.random(tasks) - 1) * users + user) .. suffixes[user]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"seconds":%f,"error_statuses":%d,"io_errors":%d,"p50":%f,"p99":%f}\n',
    summary.requests, summary.duration / 1e6, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
